"""Checkers: pure functions from a record to an answer, one property a file; `judge` asks them all.

A checker never calls correct services INVALID, always calls broken ones INVALID when the evidence shows it, and says
UNKNOWN of what it cannot see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chaos.checkers import (
    all_orders_end,
    cancel_is_final,
    carts_lose_nothing,
    client_answers,
    cluster_reacts,
    deployments_served,
    exactly_once_charge,
    expected_outcomes,
    faults_landed,
    holds_expire,
    inboxes_add_up,
    needs_a_person,
    no_oversell,
    no_secret_leaks,
    not_vacuous,
    notifications_once,
    retries_back_off,
    rounds_follow,
    saga_complete,
    seat_map_converges,
    sessions_add_up,
    sessions_expire,
    shared_never_writes,
    signups_prove,
    state_on_demand,
    steady_state,
    steps_retried_alone,
    unsigned_refused,
    webhooks_are_hints,
)
from chaos.checkers.windows import fault_stories
from chaos.errors import BadInput, did_you_mean
from chaos.evidence.record import Record
from chaos.verdict import CheckResult, Finding, Outcome, Verdict, worst


@dataclass(frozen=True)
class Checker:
    """One property. It is left out where its plan gives it nothing to look for, unless the plan names it."""

    check: Callable[[Record], CheckResult]
    expected: Callable[[Record], bool] = lambda _: True


CHECKERS: dict[str, Checker] = {
    "exactly_once_charge": Checker(exactly_once_charge.check),
    "no_oversell": Checker(no_oversell.check),
    "saga_complete": Checker(saga_complete.check),
    "all_orders_end": Checker(all_orders_end.check),
    "client_answers": Checker(client_answers.check),
    "notifications_once": Checker(notifications_once.check),
    "seat_map_converges": Checker(seat_map_converges.check),
    "expected_outcomes": Checker(expected_outcomes.check, expected_outcomes.expected),
    "retries_back_off": Checker(retries_back_off.check, retries_back_off.expected),
    "deployments_served": Checker(deployments_served.check, deployments_served.expected),
    "cluster_reacts": Checker(cluster_reacts.check, cluster_reacts.expected),
    "faults_landed": Checker(faults_landed.check, lambda record: bool(fault_stories(record))),
    "holds_expire": Checker(holds_expire.check, holds_expire.expected),
    "webhooks_are_hints": Checker(webhooks_are_hints.check, webhooks_are_hints.expected),
    "cancel_is_final": Checker(cancel_is_final.check, cancel_is_final.expected),
    "unsigned_refused": Checker(unsigned_refused.check, unsigned_refused.expected),
    "sessions_add_up": Checker(sessions_add_up.check, sessions_add_up.expected),
    "sessions_expire": Checker(sessions_expire.check, sessions_expire.expected),
    "inboxes_add_up": Checker(inboxes_add_up.check, inboxes_add_up.expected),
    "state_on_demand": Checker(state_on_demand.check, state_on_demand.expected),
    "signups_prove": Checker(signups_prove.check, signups_prove.expected),
    "steps_retried_alone": Checker(steps_retried_alone.check, steps_retried_alone.expected),
    "rounds_follow": Checker(rounds_follow.check, rounds_follow.expected),
    "carts_lose_nothing": Checker(carts_lose_nothing.check, carts_lose_nothing.expected),
    "shared_never_writes": Checker(shared_never_writes.check, shared_never_writes.expected),
    "no_secret_leaks": Checker(no_secret_leaks.check, no_secret_leaks.expected),
    "needs_a_person": Checker(needs_a_person.check, needs_a_person.expected),
    "steady_state": Checker(steady_state.check, steady_state.expected),
    "not_vacuous": Checker(not_vacuous.check),
}


def judge(record: Record) -> Verdict:
    """All checkers' answers, or those of `expect.checks`. Raises BadInput on an unknown name or a damaged record."""
    named = record.meta.expect.checks
    check_names(named)
    answers = [_answer(name, record, named is not None) for name in (CHECKERS if named is None else named)]
    results = tuple(answer for answer in answers if answer)
    return Verdict(
        plan=record.meta.plan,
        seed=record.meta.seed,
        outcome=worst(result.outcome for result in results),
        checks=results,
    )


def check_names(names: Iterable[str] | None) -> None:
    """Raises BadInput on a name that no checker has."""
    for name in names or ():
        if name not in CHECKERS:
            near = did_you_mean(name, CHECKERS)
            raise BadInput(f"unknown checker {name!r}{near}", where="expect.checks", allowed=", ".join(CHECKERS))


def _answer(name: str, record: Record, asked: bool) -> CheckResult | None:
    """One checker's answer, None when there is nothing for it; one that crashes has shown nothing: UNKNOWN."""
    checker = CHECKERS[name]
    try:
        return checker.check(record) if asked or checker.expected(record) else None
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a checker breaks on, the others still have their say
        finding = Finding(outcome=Outcome.UNKNOWN, message=f"the checker crashed: {type(error).__name__}: {error}")
        return CheckResult(
            checker=name, outcome=Outcome.UNKNOWN, summary="the checker crashed", cases=0, findings=(finding,)
        )
