"""A stand-in for the studio: says which capabilities are there, and how its jobs are."""
