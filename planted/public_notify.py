"""Bug: anybody may call the handler that notifies users and mails them.

Caught by private_stays_private: the ingress does not refuse such a call, as in `unsigned_requests`.
"""

from __future__ import annotations

from services import notifications
from services.app import app

__all__ = ["app"]

notifications.service.handlers["notify"].ingress_private = False
