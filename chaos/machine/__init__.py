"""What the tool needs from this machine: programs, ports and servers."""
