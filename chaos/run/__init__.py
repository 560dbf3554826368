"""One run: clients and faults side by side, and the evidence gathered afterwards."""
