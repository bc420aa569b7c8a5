"""The only code that knows the table."""
