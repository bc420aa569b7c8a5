"""MiniStack, started as its own process, with the few things it lacks added at the gaps."""
