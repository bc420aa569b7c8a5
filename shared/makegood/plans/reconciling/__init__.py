"""What Paddle has against what is here, and the ledger against itself. Pure decisions."""
