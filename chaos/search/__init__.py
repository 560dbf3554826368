"""Runs by the hundred, drawn from seeds."""
