"""The booking system with one bug each, a file a bug, run in place of `services.app:app`: what keeps checkers honest.

Each file changes one thing in `services` for the whole process: it is run by an endpoint of its own, and never imported
beside another or by a test.
"""
