"""The bank with one bug per file: each must be found."""
