"""Each function disturbed at each of its calls, one after the other: all ends as it would have."""
