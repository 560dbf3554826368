"""The booking system as other hands might write it, a file a difference: what keeps checkers from accusing the lawful.

Each file changes one thing in `services` for the whole process, and the contract allows it: it is run by an endpoint of
its own, in place of `services.app:app`, and never imported beside another or by a test.
"""
