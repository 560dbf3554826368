"""Hundreds of runs, drawn from seeds."""
