"""A run of the reconciliation: Paddle asked, its answers decided on, what was found told."""
