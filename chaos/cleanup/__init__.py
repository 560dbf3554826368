"""Nothing is left: what runs made is found and removed."""
