"""carts_lose_nothing: changes to one cart take effect one after another: concurrent ones are all seen at the end.

A case is a seat that was put into a cart or taken out of it, in a cart that was neither ordered nor cleared.

INVALID: a seat that was put in and is not there at the end; one that was taken out and still is; one nobody put in.
UNKNOWN: history incomplete; the cart could not be read at the end. Seats of changes without an answer are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from booking.books import Books, books_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history",)
CHANGES = ("add_to_cart", "remove_from_cart")
ENDS = ("checkout", "clear")


def expected(record: Record) -> bool:
    """Whether a cart was filled whose end is to be read."""
    return bool(_carts(books_of(record)))


def check(record: Record) -> CheckResult:
    """Compares every cart with what was done to it."""
    evidence = books_of(record)
    carts = {user_id: _done(evidence, user_id) for user_id in _carts(evidence)}
    return conclude(
        evidence,
        "carts_lose_nothing",
        needs=NEEDS,
        cases=sum(len(done) for done in carts.values()),
        summary=f"{sum(len(done) for done in carts.values())} changes of {len(carts)} carts",
        findings=[finding for user_id, done in carts.items() for finding in _judge(evidence, user_id, done)],
    )


def _carts(evidence: Books) -> list[str]:
    """The users whose cart was changed, is read at the end, and was neither ordered nor cleared."""
    sessions = [each for each in evidence.load if each.service == "UserSession"]
    ended = {each.key for each in sessions if each.handler in ENDS}
    reads = evidence.record.decisions.get("load", {}).get("reads", [])
    changed = {each.key for each in sessions if each.handler in CHANGES} - ended
    return sorted(key for key in changed if f"UserSession/{key}/get" in reads)


def _done(evidence: Books, user_id: str) -> dict[str, bool | None]:
    """Seat → whether it must be in the cart; None: nobody can tell."""
    must: dict[str, bool | None] = {}
    for call in evidence.record.decisions.get("load", {}).get("opening", []):
        if (call["service"], call["key"], call["handler"]) == ("UserSession", user_id, "add_to_cart"):
            must[_seat(call["input"])] = True
    touched: set[str] = set()
    for each in evidence.load:
        if (each.service, each.key) == ("UserSession", user_id) and each.handler in CHANGES:
            seat = _seat(each.input)
            clear = each.conclusion == "ok" and seat not in touched  # of two changes either may have come last
            must[seat] = each.handler == "add_to_cart" if clear else None
            touched.add(seat)
    return must


def _seat(body: JsonValue) -> str:
    return f"{body.get('event_id')}:{body.get('seat_id')}" if isinstance(body, dict) else ""


def _judge(evidence: Books, user_id: str, must: dict[str, bool | None]) -> Iterator[Finding]:
    view = evidence.record.meta.views.get(f"UserSession/{user_id}/get")
    cart = view.get("cart") if isinstance(view, dict) else None
    if not isinstance(cart, list):
        yield unknown(f"the cart of {user_id} could not be read at the end")
        return
    if not evidence.has(*NEEDS):
        return
    there = {_seat(each) for each in cart}
    for seat, wanted in must.items():
        if wanted and seat not in there:
            yield invalid(f"{user_id}: put into the cart, and it is not there", subject=seat)
        elif wanted is False and seat in there:
            yield invalid(f"{user_id}: taken out of the cart, and it is still there", subject=seat)
    for seat in sorted(there - must.keys()):
        yield invalid(f"{user_id}: in the cart, and nobody put it there", subject=seat)
