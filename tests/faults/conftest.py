"""A real gateway and a real mailer for the tests of faults that put rules into them."""

from tests.fakes.conftest import gateway, mailer, start

__all__ = ["gateway", "mailer", "start"]
