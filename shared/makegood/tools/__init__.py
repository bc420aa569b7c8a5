"""Tools for a terminal. They read and never write, and no function loads them."""
