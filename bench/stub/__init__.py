"""Stands in for AWS: answers at once, keeps items, and counts calls and units as AWS bills them."""
