"""Everything that knows how Paddle speaks."""
