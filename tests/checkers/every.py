"""Every checker that there is for the booking system."""

from __future__ import annotations

from booking.system import SYSTEM
from chaos.judging import checkers_of

CHECKERS = checkers_of(SYSTEM)
