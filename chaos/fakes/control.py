"""A fake's control plane, on its own port, open only to the bearer of its token: rules, holds, ledger, health."""

from __future__ import annotations

import hmac

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.errors import BadInput
from chaos.fakes.fake import Fake
from chaos.fakes.ledger_store import LedgerBroken
from chaos.fakes.rules import parse_rules

PAGE = 1000
MAX_PAGE = 10_000


class Bearer:
    """Lets only requests with the token through; others are answered 401."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                refused = _refused(401, "unauthorized", "the control plane requires its bearer token")
                return await refused(scope, receive, send)
        return await self._app(scope, receive, send)


def control(fake: Fake, token: str, *more: Route) -> ASGIApp:
    """The app for the control port; `more` are routes specific to this fake."""

    async def put_rules(request: Request) -> Response:
        rules = parse_rules(await request.body())
        await fake.set_rules(rules)
        return JSONResponse({"ids": [rule.id for rule in rules]})

    async def get_rules(_: Request) -> Response:
        rules = [
            rule.model_dump() | {"hits": fake.book.hits(rule.id), "holding": fake.holding(rule.id)}
            for rule in fake.book.rules
        ]
        return JSONResponse({"rules": rules})

    async def delete_rule(request: Request) -> Response:
        rule_id = request.path_params["rule_id"]
        left = [rule for rule in fake.book.rules if rule.id != rule_id]
        if len(left) == len(fake.book.rules):
            raise HTTPException(404, f"there is no rule {rule_id}")
        await fake.set_rules(left)
        return JSONResponse({"deleted": rule_id})

    async def get_ledger(request: Request) -> Response:
        after = _number(request, "after", 0, 2**62)
        page = await fake.store.page(after, _number(request, "limit", PAGE, MAX_PAGE))
        return Response(page, media_type="application/json")

    async def release(request: Request) -> Response:
        try:
            released = await fake.release(request.path_params["hold_id"])
        except KeyError:
            raise HTTPException(404, "there has never been such a hold") from None
        return JSONResponse({"released": released})

    async def health(_: Request) -> Response:
        if fake.store.failure is not None:
            raise LedgerBroken(fake.store.failure)
        return JSONResponse({"status": "ok"})

    routes = [
        Route("/rules", put_rules, methods=["PUT"]),
        Route("/rules", get_rules, methods=["GET"]),
        Route("/rules/{rule_id}", delete_rule, methods=["DELETE"]),
        Route("/ledger", get_ledger, methods=["GET"]),
        Route("/release/{hold_id}", release, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
        *more,
    ]
    errors = {HTTPException: _http_error, BadInput: _bad_input, LedgerBroken: _broken}
    return Bearer(Starlette(routes=routes, exception_handlers=errors), token)


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise BadInput("not a number in range", where=name, allowed=f"0 to {most}")
    return int(text)


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _refused(error.status_code, "not_found" if error.status_code == 404 else "refused", error.detail)


async def _bad_input(_: Request, error: Exception) -> Response:
    return _refused(422, "invalid", " ".join(str(error).split()))


async def _broken(_: Request, error: Exception) -> Response:
    return _refused(503, "ledger_broken", str(error))
