"""The booking system, described to the engine: handlers, third parties, workloads, checkers, reports (system.py)."""
