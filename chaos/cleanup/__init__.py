"""Nothing is left behind: what runs created is found and removed."""
