"""Somebody's own Restate app, as small as one can be; tests write it beside their suite."""

from __future__ import annotations

APP = """
import restate

greeter = restate.VirtualObject("Greeter")


@greeter.handler()
async def greet(ctx: restate.ObjectContext, name: str) -> str:
    count = (await ctx.get("count", type_hint=int) or 0) + 1
    ctx.set("count", count)
    return f"Hello, {name}! ({count})"


app = restate.app([greeter])
"""
