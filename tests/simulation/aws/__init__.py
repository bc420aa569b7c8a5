"""AWS as the product's own calls reach it: below its signer, its retries and its time limits."""
