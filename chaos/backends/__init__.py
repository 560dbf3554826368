"""What runs a stack: one backend a file."""
