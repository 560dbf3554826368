"""Signup: which clicks may be accepted, and how a signup may end. What is clicked after the end counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from booking.model.clause import Clause
from booking.model.misstep import Misstep

SIGNUP = "Signup — workflow"
SECRET = Clause(SIGNUP, "`click` S `{secret}`, 403 `wrong_secret` and `run` waits on")
VERIFIED = Clause(SIGNUP, "`run` W `{name, email}` → `{user_id, verified: true}`, 408 `not_verified`")
PROMISE = Clause(SIGNUP, "Durable promise `email_verified`")
MAIL = Clause(SIGNUP, "mail key `signup:{user_id}`")


@dataclass(frozen=True)
class Click:
    """A secret that was sent back: the one in the mail, or a guess; and what came of it."""

    guess: bool
    told: Literal["ok", "wrong", "other", "unknown"]
    late: bool = False  # it was sent when the signup's answer was there


def clicked(clicks: Sequence[Click]) -> Iterator[Misstep]:
    """Clicks that were answered as they may not be."""
    for click in clicks:
        if click.guess and click.told == "ok" and not click.late:
            yield Misstep(SECRET, "a secret that was guessed was accepted")
        elif not click.guess and click.told == "wrong" and not click.late:
            yield Misstep(SECRET, "the secret that was mailed was refused")


def ended(verified: bool, clicks: Sequence[Click], *, kept: bool | None) -> Iterator[Misstep]:
    """Ends that the clicks do not allow. `kept`: whether the promise was kept before the time was up; None: unknown."""
    if verified and not any(click.told == "ok" and not click.late for click in clicks):
        yield Misstep(VERIFIED, "verified, and no click was accepted")
    elif not verified and kept:
        yield Misstep(PROMISE, "the promise was kept in time, and the signup ended not_verified")


def is_certain(verified: bool, clicks: Sequence[Click], *, kept: bool | None) -> bool:
    """Whether the end can be told from the clicks: not while an answer is missing that would matter."""
    in_time = [click for click in clicks if not click.late]
    if verified:
        return any(click.told == "ok" for click in in_time) or all(click.told != "unknown" for click in in_time)
    return kept is not None or all(click.told != "ok" for click in in_time)


def mailed(verified: bool, mails: int) -> Iterator[Misstep]:
    """One mail a signup; one that is verified was mailed its secret."""
    if mails > 1:
        yield Misstep(MAIL, f"{mails} mails for one signup")
    elif verified and not mails:
        yield Misstep(MAIL, "verified, and no mail was ever sent")
