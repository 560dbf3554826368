"""What an application tells the engine of itself."""
