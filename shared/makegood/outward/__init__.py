"""Calls to addresses outside that the operator's settings name, and to nothing else."""
