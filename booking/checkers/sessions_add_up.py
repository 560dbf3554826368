"""sessions_add_up: a session's checkout orders what was in the cart, once, and the session hears how each order ended.

A case is a user whose checkout was answered.

INVALID: not one order for each seat of the cart; an order id answered that was never placed, or an order placed that
was not answered; at a look after the checkout an order is neither current nor past; at the end the cart is not empty,
an order is still current though it has ended, or a past order stands there with another end than it had. What a
session that was cleared has forgotten is not missed.
UNKNOWN: history or invocations incomplete; the session could not be read at the end; orders that have not ended.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from booking.books import Books, books_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")
ENDINGS = {"confirmed": "CONFIRMED", "failed": "FAILED"}


def expected(record: Record) -> bool:
    """Whether a session was checked out."""
    return bool(_checkouts(books_of(record)))


def check(record: Record) -> CheckResult:
    """Follows every session from its cart to its past orders."""
    evidence = books_of(record)
    checkouts = _checkouts(evidence)
    findings = [
        finding
        for each in checkouts
        for finding in (*_ordered(evidence, each), *_shown(evidence, each), *_told(evidence, each))
    ]
    return conclude(
        evidence,
        "sessions_add_up",
        needs=NEEDS,
        cases=len(checkouts),
        summary=f"{len(checkouts)} sessions ordered {sum(len(_order_ids(each)) for each in checkouts)} seats",
        findings=findings,
    )


def _checkouts(evidence: Books) -> list[Operation]:
    wanted = ("UserSession", "checkout", "ok")
    return [each for each in evidence.load if (each.service, each.handler, each.conclusion) == wanted]


def _order_ids(checkout: Operation) -> list[str]:
    answer = checkout.output.get("order_ids") if isinstance(checkout.output, dict) else None
    return [str(order_id) for order_id in answer] if isinstance(answer, list) else []


def _ordered(evidence: Books, checkout: Operation) -> Iterator[Finding]:
    mine = [each for each in evidence.load if (each.service, each.key) == ("UserSession", checkout.key)]
    adds = [each for each in mine if each.handler == "add_to_cart"]
    answered = _order_ids(checkout)
    cart = {str(each.input) for each in adds if each.conclusion == "ok"}
    removed = any(each.handler in ("remove_from_cart", "clear") for each in mine)
    if len(set(answered)) != len(answered):
        yield invalid(f"{checkout.key}: an order id was answered twice")
    elif all(each.conclusion == "ok" for each in adds) and not removed and len(answered) != len(cart):
        yield invalid(f"{checkout.key}: {len(answered)} orders for {len(cart)} seats in the cart")
    if not evidence.has(*NEEDS) or not evidence.at_rest:
        return
    placed = {order.order_id for order in evidence.orders.values() if order.input.get("user_id") == checkout.key}
    for order_id in sorted(set(answered) - placed):
        yield invalid(f"{checkout.key}: this order was answered and never placed", case=order_id)
    for order_id in sorted(placed - set(answered)):
        yield invalid(f"{checkout.key}: this order was placed and never answered", case=order_id)


def _shown(evidence: Books, checkout: Operation) -> Iterator[Finding]:
    """Whatever is ordered can be seen from then on, unless its user or its timer cleared the session."""
    if not evidence.has(*NEEDS) or evidence.cleared_by("UserSession", checkout.key):
        return
    mine = [each for each in evidence.load if (each.service, each.key) == ("UserSession", checkout.key)]
    for look in mine:
        if look.handler == "get" and look.conclusion == "ok" and checkout.events[-1].seq < look.events[0].seq:
            view = look.output if isinstance(look.output, dict) else {}
            current = view.get("current_orders")
            there = {*(current if isinstance(current, list) else []), *_by_order(view.get("past_orders"))}
            for order_id in sorted(set(_order_ids(checkout)) - there):
                yield invalid(f"{checkout.key}: ordered, and then neither current nor past", case=order_id)


def _told(evidence: Books, checkout: Operation) -> Iterator[Finding]:
    view = evidence.record.meta.views.get(f"UserSession/{checkout.key}/get")
    if not isinstance(view, dict) or "cart" not in view:
        yield unknown(f"the session of {checkout.key} could not be read at the end")
        return
    if not evidence.has(*NEEDS):
        return
    cart, current, past = view.get("cart"), view.get("current_orders"), view.get("past_orders")
    if cart:
        yield invalid(f"{checkout.key}: the cart still holds {len(cart) if isinstance(cart, list) else cart} seats")
    listed = _by_order(past)
    was_cleared = bool(evidence.cleared_by("UserSession", checkout.key))
    for order_id in _order_ids(checkout):
        order = evidence.orders.get(order_id)
        ending = ENDINGS.get(order.ending) if order else None
        if ending is None or not evidence.at_rest:
            yield unknown(f"{checkout.key}: an order has not ended", case=order_id)
        elif isinstance(current, list) and order_id in current:
            yield invalid(f"{checkout.key}: still a current order, though it ended {ending}", case=order_id)
        elif listed.get(order_id) != ending and not (was_cleared and order_id not in listed):
            yield invalid(f"{checkout.key}: ended {ending}, past orders say {listed.get(order_id)}", case=order_id)


def _by_order(past: JsonValue) -> dict[str, JsonValue]:
    rows = past if isinstance(past, list) else []
    return {str(row.get("order_id")): row.get("status") for row in rows if isinstance(row, dict)}
