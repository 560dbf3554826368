"""Bug: whoever looks at a seat is told which order holds it.

Caught by no_secret_leaks: a stranger learns the id of another's order, as in `unsigned_requests`.
"""

from __future__ import annotations

from restate import ObjectSharedContext

from services import ticket
from services.app import app
from services.schema import Nothing
from services.serde import Json

__all__ = ["app"]


class View(ticket.View):
    order_id: str | None


async def get(ctx: ObjectSharedContext, _: Nothing) -> View:
    now = await ticket.load(ctx)
    fields = now.model_dump(include={"status", "expires_at_ms", "round", "version", "order_id"})
    return View(**fields)


handler = ticket.service.handlers["get"]
handler.fn = get
handler.handler_io.output_serde = Json(View)
