"""What runs a stack: one backend per file."""
