"""A stand-in for Paddle: the same shapes, the same signatures, the same stubbornness."""
