"""The booking system with one lawful difference each, a file a difference: what keeps checkers from accusing strangers.

Each file changes one thing in `services` for the whole process, as the planted bugs do, and breaks no word of the
contract: no scenario may call it INVALID.
"""
