"""What a plan states against what checkers look for: an expectation that nobody looks for would always be met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from chaos.errors import BadInput, did_you_mean
from chaos.plan.expect import Expect, Expectations
from chaos.plan.fields import complaints
from chaos.system.checker import Checker


def looked_for(checkers: Mapping[str, Checker]) -> dict[str, list[str]]:
    """Every expectation by name, with the checkers that declare it."""
    found: dict[str, list[str]] = {}
    for name, checker in checkers.items():
        for field in checker.expects.model_fields if checker.expects else ():
            found.setdefault(field, []).append(name)
    return found


def asked(expect: Expect, checkers: Mapping[str, Checker]) -> Mapping[str, Checker]:
    """The checkers that a plan names, or all. Raises BadInput on a name that none has."""
    if expect.checks is None:
        return checkers
    for name in expect.checks:
        if name not in checkers:
            near = did_you_mean(name, checkers)
            raise BadInput(f"unknown checker {name!r}{near}", where="expect.checks", allowed=", ".join(checkers))
    return {name: checkers[name] for name in expect.checks}


def unheeded(expect: Expect, checkers: Mapping[str, Checker]) -> dict[str, str]:
    """The stated expectations that no checker asked looks for, by name, with why."""
    known, heeded = looked_for(checkers), looked_for(asked(expect, checkers))
    why = {}
    for name in expect.stated:
        if name not in known:
            why[name] = f"unknown expectation{did_you_mean(name, known)}"
        elif name not in heeded:
            why[name] = f"none of the plan's checks looks for it; add {' or '.join(known[name])}"
    return why


def parsed(expect: Expect, checkers: Mapping[str, Checker]) -> list[Expectations]:
    """What each checker asked is told to look for. Raises BadInput on a value that is not of its form."""
    found = []
    for checker in asked(expect, checkers).values():
        if checker.expects:
            try:
                found.append(checker.expects.of(expect))
            except ValidationError as error:
                what = complaints(error, expect.model_extra, checker.expects, "expect.")
                raise BadInput(what, where="the plan", next_step="see docs/plan.schema.json") from error
    return found


def check_expect(expect: Expect, checkers: Mapping[str, Checker], *, with_faults: bool) -> None:
    """Raises BadInput on what no run of a plan could show, before anything is run."""
    for name, why in unheeded(expect, checkers).items():
        raise BadInput(why, where=f"expect.{name}", allowed=", ".join(looked_for(checkers)))
    for each in parsed(expect, checkers):
        for name in sorted(each.needs_faults & expect.stated.keys()):
            if not with_faults:
                what = "nothing breaks that the run could recover from"
                raise BadInput(what, where=f"expect.{name}", next_step="give the plan a step")


def needs(expect: Expect, checkers: Mapping[str, Checker]) -> Iterator[tuple[str, frozenset[str]]]:
    """The stated expectations that need something of a backend: name, capabilities."""
    for each in parsed(expect, checkers):
        for name, capability in each.needs.items():
            if name in expect.stated:
                yield name, frozenset({capability})
