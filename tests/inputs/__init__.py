"""The 140 bad inputs: what each is answered, and that it really is (`catalogue`)."""
