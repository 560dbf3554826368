"""The stories, one per file: given this load, when this happens, then this holds, and this proves it happened."""
