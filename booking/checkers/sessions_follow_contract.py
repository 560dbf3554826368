"""sessions_follow_contract: what a session shows, orders and remembers follows from what was done to it.

A case is a look at a session, a checkout of it, or the end of an order that it was told. How an app keeps a session is
its own affair: this is judged by calls and answers, in any order that the history and the states leave open.

INVALID: a cart that shows a seat which nobody put in, or which was taken out since; one that lacks a seat which was put
in, and nothing took it out; a checkout that orders other seats than the cart's, or none, for another user or with
another token; a cart that is called empty though a seat is in it; an order that was answered and never placed, or
placed and never answered; at a look an order that is neither current nor past, or both, or that no checkout placed; one
that stands with another end than it had, or as current though the session was told of its end; a sound change that was
refused.
UNKNOWN: history, invocations or journal incomplete; a last look that was not had.
Silent: sessions of which not everything is known; what a session that was cleared, or may have been, has forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from booking.model.clause import Clause
from booking.model.register import Change, may_be_in, may_be_out
from booking.model.session import (
    CHANGES,
    ENDINGS,
    ORDERS,
    SHOWS,
    TOLD,
    broken,
    cart,
    order_ids,
    orders_shown,
    puts_in,
    takes_out,
)
from booking.objects import Objects, objects_of
from booking.precedence import Deed, deeds, last_look, precedes
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")
KNOWN = frozenset({"add_to_cart", "remove_from_cart", "checkout", "order_ended", "get", "clear"})
MOST_PAST_ORDERS = 1_000


def expected(record: Record) -> bool:
    """Whether a session was used, and Restate was not made to forget."""
    objects = objects_of(record)
    return bool(objects.keys("UserSession")) and not objects.forgot


def check(record: Record) -> CheckResult:
    """Goes through every session: its checkouts, its looks, and what it was told."""
    objects = objects_of(record)
    whole = [key for key in objects.keys("UserSession") if objects.is_whole("UserSession", key)]
    sessions = [Session(objects, key) for key in whole] if objects.books.has(*NEEDS) else []
    findings = [finding for session in sessions for finding in _judge(session)]
    looks, checkouts = (sum(len(getattr(each, name)) for each in sessions) for name in ("looks", "checkouts"))
    return conclude(
        objects.books,
        "sessions_follow_contract",
        needs=NEEDS,
        cases=looks + checkouts + sum(len(session.deeds) for session in sessions),
        summary=f"{len(sessions)} sessions: {looks} looks and {checkouts} checkouts explained",
        findings=findings,
    )


class Session:
    """One session: all that was done to it, by whom ever."""

    def __init__(self, objects: Objects, key: str) -> None:
        self.objects, self.key = objects, key
        self.deeds = deeds(objects, "UserSession", key)
        self.final = last_look(objects, f"UserSession/{key}/get")
        self.looks = [each for each in self.deeds if each.call.handler == "get" and each.sure]
        self.looks += [self.final] if self.final else []
        self.checkouts = [each for each in self.deeds if each.call.handler == "checkout"]
        self._ends = [each for each in self.deeds if each.call.handler == "order_ended"]
        self.clearings = [each for each in self.deeds if self._may_clear(each)]

    def _may_clear(self, deed: Deed) -> bool:
        """Whether it removes everything, as a handler of the app's own may: its timer."""
        return deed.possible and (deed.call.handler == "clear" or (deed.call.handler not in KNOWN and deed.wrote))

    @cached_property
    def changes(self) -> dict[str, list[Change[Deed]]]:
        """Seat → what put it into the cart, and what took it out; those that empty the cart are in every list."""
        emptied = [Change(each, False, each.sure) for each in self.checkouts if each.possible]
        emptied += [Change(each, False, each.sure and each.call.handler == "clear") for each in self.clearings]
        changes: dict[str, list[Change[Deed]]] = {}
        for each in self.deeds:
            seat = puts_in(each.call) or takes_out(each.call)
            if seat is not None and each.possible:
                change = Change(each, each.call.handler == "add_to_cart", each.sure)
                changes.setdefault(seat, [*emptied]).append(change)
        return changes

    def may_hold(self, seat: str, look: Deed) -> bool:
        return may_be_in(self.changes.get(seat, []), look, precedes)

    def must_hold(self, look: Deed) -> list[str]:
        """The seats that are certainly in the cart."""
        return [seat for seat, changes in self.changes.items() if not may_be_out(changes, look, precedes)]

    def most(self, look: Deed) -> int:
        """How many seats the cart holds at most, each as often as it was put in."""
        return sum(
            sum(change.puts_in and not precedes(look, change.call) for change in changes)
            for seat, changes in self.changes.items()
            if self.may_hold(seat, look)
        )

    @cached_property
    def placed(self) -> dict[str, Deed]:
        """Order → the checkout that answered it."""
        return {order_id: each for each in self.checkouts if each.sure for order_id in order_ids(each.answer.value)}

    @cached_property
    def all_known(self) -> bool:
        """Whether every order that a checkout placed is known by its id."""
        return all(each.answer.kind != "none" for each in self.checkouts)

    def told(self, order_id: str) -> list[Deed]:
        """The calls that told it of an order's end."""
        return [each for each in self._ends if each.call.text("order_id") == order_id]

    def may_have_forgotten(self, placed: Deed) -> bool:
        """Whether it may have been cleared since."""
        return any(not precedes(each, placed) for each in self.clearings)


def _judge(session: Session) -> Iterator[Finding]:
    for deed in session.deeds:
        yield from _answered(session, deed)
    for checkout in session.checkouts:
        if checkout.sure:
            yield from _ordered(session, checkout)
    for look in session.looks:
        yield from _cart_shown(session, look)
        yield from _orders_shown(session, look)
    for deed in session.deeds:
        if deed.call.handler == "order_ended":
            yield from _ended(session, deed)
    target = f"UserSession/{session.key}/get"
    if target in session.objects.books.record.decisions.get("load", {}).get("reads", []) and session.final is None:
        yield unknown(f"the session of {session.key} could not be read at the end")


def _answered(session: Session, deed: Deed) -> Iterator[Finding]:
    least = len(session.must_hold(deed)) if deed.call.handler == "checkout" else 0
    most = session.most(deed) if deed.call.handler in ("checkout", "add_to_cart") else 0
    breach = broken(deed.call, deed.answer, least, most)
    if breach:
        message = f"{deed.call.handler} ({deed}) answered {deed.answer} {order_ids(deed.answer.value) or ''}"
        yield _wrong(session, breach.clause, f"{message.strip()}; lawful is only: {breach.words}", deed)


def _ordered(session: Session, checkout: Deed) -> Iterator[Finding]:
    """What a checkout placed is what was in the cart, for this user, with the token that was given."""
    books = session.objects.books
    answered = order_ids(checkout.answer.value)
    ordered = []
    for order_id in answered:
        order = books.orders.get(order_id)
        if order is None or not order.input:
            if books.at_rest and not session.objects.forgot:
                yield _wrong(session, ORDERS, "this order was answered and never placed", checkout, order_id=order_id)
            continue
        ordered.append(order.seat or "")
        for name, wanted in (("user_id", session.key), ("payment_token", checkout.call.field("payment_token"))):
            if order.input.get(name) != wanted and wanted is not None:
                yield _wrong(session, ORDERS, f"ordered with another {name} than the session's", checkout, order_id)
        if not session.may_hold(order.seat or "", checkout):
            yield _wrong(session, ORDERS, "ordered, and it was not in the cart", checkout, order_id, seat=order.seat)
    if len(ordered) == len(answered):
        for seat in sorted(set(session.must_hold(checkout)) - {*ordered}):
            yield _wrong(session, ORDERS, "in the cart, and not ordered", checkout, seat=seat)
    for run in session.objects.runs_below(checkout.act.invocation if checkout.act else None):
        if run.key not in answered:
            yield _wrong(session, ORDERS, "this order was placed and never answered", checkout, run.key)


def _cart_shown(session: Session, look: Deed) -> Iterator[Finding]:
    shown = cart(look.answer.value)
    if shown is None:
        yield _wrong(session, SHOWS, f"a look was answered {str(look.answer.value)[:200]}", look)
        return
    wrong = {seat: "in the cart, and nothing put it there" for seat in shown if not session.may_hold(seat, look)}
    lacking = {*session.must_hold(look)} - {*shown}
    wrong |= dict.fromkeys(lacking, "not in the cart, and nothing took it out")
    for seat, what in sorted(wrong.items()):
        yield _wrong(session, CHANGES, _about(session, seat, what), look, seat=seat)


def _about(session: Session, seat: str, what: str) -> str:
    done = [f"{change.call.call.handler} ({change.call})" for change in session.changes.get(seat, [])]
    return f"{what}; what was done to it: {', '.join(done[-6:]) or 'nothing'}"


def _orders_shown(session: Session, look: Deed) -> Iterator[Finding]:
    current, past = orders_shown(look.answer.value)
    for order_id in (*current, *past):
        by = session.placed.get(order_id)
        if session.all_known and (by is None or precedes(look, by)):
            yield _wrong(session, SHOWS, "shown, and no checkout of this session had placed it", look, order_id)
    for order_id in sorted({*current} & past.keys()):
        yield _wrong(session, SHOWS, "shown as current and as past", look, order_id)
    for order_id, status in past.items():
        ending = _ending(session, order_id)
        if status not in ENDINGS.values() or (ending and status != ending):
            yield _wrong(session, SHOWS, f"shown as {status}, and it ended {ending or 'otherwise'}", look, order_id)
        elif all(precedes(look, each) for each in session.told(order_id)):
            yield _wrong(session, TOLD, "shown as past, and the session had not been told of its end", look, order_id)
    for order_id in current:
        was_told = any(each.sure and precedes(each, look) for each in session.told(order_id))
        if was_told or (look is session.final and _ending(session, order_id)):
            yield _wrong(session, TOLD, "shown as current, and it has ended", look, order_id)
    for order_id, by in session.placed.items():
        there = order_id in current or order_id in past or len(past) >= MOST_PAST_ORDERS
        if not there and precedes(by, look) and not session.may_have_forgotten(by):
            yield _wrong(session, SHOWS, "ordered, and neither current nor past", look, order_id)


def _ending(session: Session, order_id: str) -> str | None:
    order = session.objects.books.orders.get(order_id)
    return ENDINGS.get(order.ending) if order else None


def _ended(session: Session, deed: Deed) -> Iterator[Finding]:
    """What a session is told of an order's end is how it ended."""
    order_id, status = deed.call.text("order_id"), deed.call.text("status")
    ending = _ending(session, order_id or "")
    if ending and status != ending:
        yield _wrong(session, TOLD, f"the session was told {status}, and the order ended {ending}", deed, order_id)
    elif order_id is not None and session.all_known and order_id not in session.placed:
        yield _wrong(session, TOLD, "the session was told of an order that it never placed", deed, order_id)


def _wrong(
    session: Session, clause: Clause, message: str, deed: Deed, order_id: str | None = None, *, seat: str | None = None
) -> Finding:
    where = deed.act.where if deed.act else {}
    at_ms = deed.operation.ended_at_ms if deed.operation else None
    about = {"clause": str(clause), "call": str(deed)}
    return invalid(f"{session.key}: {message}", case=order_id, subject=seat, at_ms=at_ms, **where, details=about)
