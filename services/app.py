"""The endpoint: every service behind one ASGI app, for an HTTP/2 server such as hypercorn."""

from __future__ import annotations

import restate

from services import (
    checkout,
    event,
    logs,
    notifications,
    order_watch,
    orders,
    role_update,
    seat_map,
    signup,
    ticket,
    user_session,
)
from services.settings import settings

SERVICES = (
    event.service,
    ticket.service,
    seat_map.service,
    checkout.service,
    orders.service,
    notifications.service,
    user_session.service,
    order_watch.service,
    signup.service,
    role_update.service,
)

logs.configure()
app = restate.app(services=SERVICES, identity_keys=list(settings().identity_keys))
