"""The bank with one bug a file: each must be found."""
