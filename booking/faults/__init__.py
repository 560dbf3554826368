"""The faults that only the booking system knows."""

from booking.faults.unsigned_request import UnsignedRequest
from booking.faults.webhook import Webhook

__all__ = ["UnsignedRequest", "Webhook"]
