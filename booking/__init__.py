"""The booking system as the engine is told of it: handlers, third parties, workloads, checkers, reports (system.py)."""
