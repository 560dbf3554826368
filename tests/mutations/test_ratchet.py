"""The score and its ratchet: an oracle that sees nothing has no score, and neither new nor stale survivors pass."""

from __future__ import annotations

import pytest

from chaos.verdict import Outcome
from tests.mutations import ratchet
from tests.mutations.draft import Draft, NotHere
from tests.mutations.operators import REFUSED, Expected, Kind, Operator
from tests.mutations.score import Result, Score, goods, results, tried

GOOD = goods()[0]


def operator(name: str = "kind.name", expected: Expected = Expected.BROKEN) -> Operator:
    def act(draft: Draft) -> None:
        draft["history"].pop()

    return Operator(name, "It does something.", expected, act)


def result(name: str = "kind.name", answer: str = Outcome.VALID, expected: Expected = Expected.BROKEN) -> Result:
    return Result(operator(name, expected), "record", answer, frozenset({"history"}), {}, "")


@pytest.mark.parametrize(
    ("expected", "right", "wrong"),
    [
        (Expected.BROKEN, [Outcome.INVALID], [Outcome.VALID, Outcome.UNKNOWN, REFUSED]),
        (Expected.ABSENT, [Outcome.UNKNOWN, REFUSED], [Outcome.VALID, Outcome.INVALID]),
        (Expected.NOTICED, [Outcome.INVALID, Outcome.UNKNOWN, REFUSED], [Outcome.VALID]),
        (Expected.HARMLESS, [Outcome.VALID, Outcome.UNKNOWN], [Outcome.INVALID, REFUSED]),
        (Expected.SILENT, [Outcome.VALID, Outcome.UNKNOWN, REFUSED], [Outcome.INVALID]),
    ],
)
def test_what_each_expectation_allows(expected: Expected, right: list[str], wrong: list[str]) -> None:
    assert all(expected.allows(answer) for answer in right)
    assert not any(expected.allows(answer) for answer in wrong)


def test_a_survivor_that_is_not_known_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratchet, "SURVIVORS", {"kind.known": "a reason", "fields.a.*": "another"})
    found = [
        result("kind.known"),
        result("kind.other"),
        result("fields.a.b.altered"),
        result("kind.seen", Outcome.INVALID),
    ]
    assert [line.partition(" ")[0] for line in ratchet.new_survivors(found)] == ["kind.other"]


def test_an_entry_that_no_survivor_has_is_stale() -> None:
    found = [result("kind.known"), result("kind.seen", Outcome.INVALID), result("fields.a.b.[].c.altered")]
    entries = ["kind.known", "kind.seen", "fields.a.*", "fields.a.b.[].*", "fields.b.*"]
    assert ratchet.stale_entries(found, entries) == ["fields.b.*", "kind.seen"]


def test_an_oracle_that_sees_nothing_scores_nothing() -> None:
    score = Score([result(), result("kind.lawful", expected=Expected.HARMLESS)])
    assert [survivor.name for survivor in score.survivors] == ["kind.name"]
    assert "broken     kind              1      0    0.0%" in score.table()


def test_a_change_is_judged_and_says_which_source_it_changed() -> None:
    found = tried(operator(), GOOD)
    assert found is not None
    assert (found.record, found.changed) == (GOOD.name, {"history"})


def test_what_changes_nothing_is_no_trial() -> None:
    kind = Kind("kind")

    @kind.broken
    def nothing_here(_: Draft) -> None:
        raise NotHere

    @kind.broken
    def the_same(draft: Draft) -> None:
        draft["history"] = [dict(row) for row in draft["history"]]

    assert not [*results(kind, goods(), 2)]


def test_a_record_that_is_refused_is_told_from_one_that_is_judged() -> None:
    def act(draft: Draft) -> None:
        draft.meta["version"] = 99

    refused = tried(Operator("kind.refused", "", Expected.ABSENT, act), GOOD)
    assert refused is not None
    assert (refused.answer, refused.is_as_expected) == (REFUSED, True)
