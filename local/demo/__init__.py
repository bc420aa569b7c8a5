"""`make demo`: stories of customers, played through the real entrances of the running stack."""
