"""The refund policy: what was published, as data, and the rules that carry it out, pure."""
