"""The whole stack on a laptop: nothing in here is deployed."""
