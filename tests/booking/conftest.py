"""A real gateway and a real mailer, each a process of its own."""

from tests.fakes.conftest import gateway, mailer, start

__all__ = ["gateway", "mailer", "start"]
