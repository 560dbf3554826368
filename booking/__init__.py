"""The booking system as the engine is told of it: its third parties, settings, loads and checkers."""
