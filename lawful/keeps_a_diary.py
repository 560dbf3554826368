"""Lawful: a private service of its own, which every order tells how far it is; and a step of its own in the journal."""

from __future__ import annotations

from typing import Any

import restate
from restate import ObjectContext, RunOptions, VirtualObject

from services import saga
from services.app import SERVICES
from services.saga import Saga, Stage
from services.schema import Message, Name
from services.serde import Json
from services.settings import settings

service = VirtualObject("Diary", ingress_private=True)


class Line(Message):
    stage: Name


@service.handler(input_serde=Json(Line))
async def write(ctx: ObjectContext, line: Line) -> None:
    async def stamp() -> str:
        return line.stage.lower()

    words = await ctx.run_typed("stamp", stamp, RunOptions(type_hint=str))
    lines: list[Any] = await ctx.get("lines") or []
    ctx.set("lines", [*lines, words])


_enter = Saga.enter


def enter(self: Saga, stage: Stage, **facts: object) -> None:
    _enter(self, stage, **facts)
    self.ctx.object_send(write, self.order_id, Line(stage=stage))


saga.Saga.enter = enter  # type: ignore[method-assign]
app = restate.app(services=[*SERVICES, service], identity_keys=list(settings().identity_keys))
