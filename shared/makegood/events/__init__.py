"""What reaches the system from outside, read strictly."""
