"""Older versions of the booking system, run by upgrade scenarios before the current one: what keeps migrations honest.

Like planted bugs they change `services` for the whole process: each is run by an endpoint of its own.
"""
