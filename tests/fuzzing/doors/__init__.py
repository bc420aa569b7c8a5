"""One module for each door. Its `judge` takes any bytes, and raises if a promise is broken."""
