"""What the tool needs of this machine: programs, ports and servers."""
