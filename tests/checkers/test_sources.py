"""Evidence that is missing or partial makes every checker that needs it UNKNOWN, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from booking.checkers.retries_back_off import Backoff
from chaos.evidence.record import SOURCES, Source, SourceName
from chaos.plan.expect import Bounds, Expect
from chaos.verdict import Outcome
from tests.checkers import parts, worlds
from tests.checkers.every import CHECKERS
from tests.checkers.world import PARTIES, World

NEEDS: dict[str, set[SourceName]] = {
    "exactly_once_charge": {"history", "invocations", "journal", "gateway"},
    "no_oversell": {"history", "invocations", "journal", "state"},
    "saga_complete": {"history", "invocations", "journal", "gateway", "state"},
    "saga_in_order": {"history", "invocations", "journal"},
    "failures_have_causes": {"history", "invocations", "journal", "gateway"},
    "charges_have_reasons": {"history", "invocations", "journal", "gateway"},
    "mails_have_reasons": {"history", "invocations", "journal", "mailer"},
    "status_agrees": {"history", "invocations"},
    "private_stays_private": {"history", "invocations"},
    "all_orders_end": {"history", "invocations"},
    "client_answers": {"history", "invocations", "journal"},
    "notifications_once": {"history", "invocations", "mailer"},
    "seat_map_converges": {"invocations", "state"},
    "expected_outcomes": {"history", "invocations", "journal", "gateway", "state"},
    "retries_back_off": {"gateway", "samples"},
    "deployments_served": {"invocations"},
    "cluster_reacts": {"nodes", "history", "faults"},
    "faults_landed": {"history", "faults", "gateway"},
    "holds_expire": {"history", "invocations", "state"},
    "webhooks_are_hints": {"history", "invocations", "gateway"},
    "cancel_is_final": {"history", "invocations"},
    "no_secret_leaks": {"history", "invocations", "journal", "state", "gateway", "mailer"},
    "seats_follow_contract": {"history", "invocations", "journal", "state"},
    "events_follow_contract": {"history", "invocations", "journal", "state"},
    "views_follow_contract": {"history", "invocations", "journal"},
    "sessions_follow_contract": {"history", "invocations", "journal"},
    "inboxes_follow_contract": {"history", "invocations", "journal"},
    "shared_never_writes": {"invocations", "journal"},
    "sessions_expire": {"history", "invocations", "journal"},
    "state_on_demand": {"history", "invocations", "journal", "state"},
    "signups_prove": {"history", "mailer"},
    "steps_retried_alone": {"history", "mailer"},
    "rounds_follow": {"history", "invocations", "journal", "state"},
    "needs_a_person": {"history", "invocations", "journal"},
    "unsigned_refused": {"faults", "mailer"},
    "invocations_end": {"invocations", "journal"},
    "replays_fit": {"invocations", "journal_events"},
    "answers_match_journal": {"history", "invocations", "journal"},
    "calls_match_journals": {"history", "invocations", "journal"},
    "exclusive_per_key": {"history", "invocations", "journal", "state"},
    "evidence_fits": set(),
    "effects_once": {"invocations", "journal", "gateway", "mailer"},
    "no_secret_shown": {"invocations"},
    "one_way_calls_arrive": {"invocations", "journal"},
    "steady_state": {"history", "faults", "invocations"},
    "not_vacuous": {"history", "faults"},
}


def everything() -> World:
    """A good run that gives every checker its case."""
    expect = Expect(outcomes={"ok": Bounds.exactly(2)}, repeated_charges=1, compensations=("void",), resold=1)
    world = World(expect=expect.model_copy(update={"backoff": Backoff(attempts=3)}))
    world.book("o1", attempts=4).refuse("o2").decline("o3", "A2").book("o4", "A2", told="resolve")
    arrivals = [row for row in world.rows["gateway"] if row.kind == "arrival" and row.case == "o1"]
    for arrival, at_ms in zip(arrivals, (0, 100, 300, 700), strict=True):
        world.alter("gateway", lambda row, arrival=arrival: row.attempt == arrival.attempt, rule_id="rule-1")
        world.alter("gateway", lambda row, arrival=arrival: row.row == arrival.row, at_ms=at_ms)
    world.sample("o1")
    return world.fault().fault("rule", "hang", "gateway", rule_id="rule-1")


# Checkers that look at something else than bookings have a world of their own.
WORLDS: dict[str, Callable[[], World]] = {"deployments_served": worlds.upgraded, "needs_a_person": worlds.owed}
WORLDS |= {"unsigned_refused": worlds.strangers, "steady_state": worlds.recovered}
WORLDS |= {
    "status_agrees": parts.looked_into,
    "private_stays_private": parts.turned_away,
    "holds_expire": parts.abandoned,
    "webhooks_are_hints": parts.paid_by_webhook,
    "cancel_is_final": parts.cancelled,
    "no_secret_leaks": parts.paid_in_secret,
    "shared_never_writes": parts.looked_at,
    "sessions_expire": parts.used_again,
    "sessions_follow_contract": parts.shopped,
    "inboxes_follow_contract": parts.marked_read,
    "events_follow_contract": parts.restarted,
    "views_follow_contract": parts.looked_around,
    "state_on_demand": parts.remembered,
    "signups_prove": parts.signed_up,
    "steps_retried_alone": parts.promoted,
    "rounds_follow": parts.restarted,
    "cluster_reacts": parts.without_a_majority,
}


def world_of(checker: str) -> World:
    return WORLDS.get(checker, everything)()


def test_every_checker_is_listed_here() -> None:
    assert NEEDS.keys() == CHECKERS.keys()


@pytest.mark.parametrize("checker", CHECKERS)
def test_with_all_the_evidence_it_is_valid(checker: str, tmp_path: Path) -> None:
    result = CHECKERS[checker].check(world_of(checker).write(tmp_path / "r"))
    assert (result.outcome, result.findings) == (Outcome.VALID, ())
    assert result.cases > 0


@pytest.mark.parametrize("state", ["partial", "missing"])
@pytest.mark.parametrize("source", [*SOURCES, *PARTIES])
@pytest.mark.parametrize("checker", CHECKERS)
def test_without_one_source(checker: str, source: SourceName, state: str, tmp_path: Path) -> None:
    world = world_of(checker)
    world.sources[source] = Source(state=state, reason="told so")
    result = CHECKERS[checker].check(world.write(tmp_path / "r"))
    assert result.outcome is (Outcome.UNKNOWN if source in NEEDS[checker] else Outcome.VALID)
    if source in NEEDS[checker]:
        assert f"the {source} evidence is {state}: told so" in [finding.message for finding in result.findings]


@pytest.mark.parametrize("source", [*SOURCES, *PARTIES])
@pytest.mark.parametrize("checker", CHECKERS)
def test_without_the_file_of_one_source(checker: str, source: SourceName, tmp_path: Path) -> None:
    record = world_of(checker).write(tmp_path / "r")
    (tmp_path / "r" / f"{source}.jsonl").unlink()
    result = CHECKERS[checker].check(record)
    assert result.outcome is (Outcome.UNKNOWN if source in NEEDS[checker] else Outcome.VALID)


FROM_ITS_BEGINNING = [(0, 0), (0, 1), (0, 2), (0, 3)]  # quarters of the rows
FROM_ANYWHERE = [*FROM_ITS_BEGINNING, (1, 4), (2, 4), (3, 4)]
LOSE_THEIR_END: set[SourceName] = {"history", "faults"}  # what is written down while it happens


@pytest.mark.parametrize(
    ("checker", "source"), [(name, source) for name, needs in NEEDS.items() for source in sorted(needs)]
)
def test_what_is_left_of_a_source_that_was_cut_accuses_nobody(checker: str, source: SourceName, tmp_path: Path) -> None:
    for begin, end in FROM_ITS_BEGINNING if source in LOSE_THEIR_END else FROM_ANYWHERE:
        world = world_of(checker)
        rows = world.rows[source]
        world.rows[source] = rows[len(rows) * begin // 4 : len(rows) * end // 4]
        world.sources[source] = Source(state="partial", reason="cut")
        result = CHECKERS[checker].check(world.write(tmp_path / f"{begin}-{end}"))
        assert result.outcome is not Outcome.INVALID, (begin, end, result.findings)


@pytest.mark.parametrize("checker", [name for name, needs in NEEDS.items() if "journal" in needs])
def test_with_a_journal_that_lacks_an_entry(checker: str, tmp_path: Path) -> None:
    world = world_of(checker)
    run = next(each for each in world.rows["invocations"] if each.handler == "notify")
    world.drop("journal", lambda entry: (entry.invocation_id, entry.index) == (run.id, 1))
    result = CHECKERS[checker].check(world.write(tmp_path / "r"))
    assert result.outcome is Outcome.UNKNOWN
    assert f"the journal evidence is cut: {run.id} has 4 entries, 3 are here" in [
        finding.message for finding in result.findings
    ]


@pytest.mark.parametrize("checker", [name for name, needs in NEEDS.items() if "journal" in needs])
def test_with_an_invocation_whose_journal_was_not_retained(checker: str, tmp_path: Path) -> None:
    world = world_of(checker)
    run = next(each for each in world.rows["invocations"] if each.handler == "notify")
    world.alter("invocations", lambda row: row.id == run.id, journal_size=0)
    world.drop("journal", lambda entry: entry.invocation_id == run.id)
    result = CHECKERS[checker].check(world.write(tmp_path / "r"))
    assert result.outcome is Outcome.UNKNOWN
    assert f"the journal evidence is not retained: {run.id} has 0 entries, 0 are here" in [
        finding.message for finding in result.findings
    ]
