"""The score of the oracle: how often each kind of change is seen for what it is, by whom, and in which source."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chaos.errors import BadInput
from chaos.verdict import Outcome
from tests.mutations import generated
from tests.mutations.draft import Draft, Good, NotHere
from tests.mutations.engine import ENGINE
from tests.mutations.events import EVENTS
from tests.mutations.harmless import HARMLESS
from tests.mutations.harness import HARNESS
from tests.mutations.mails import MAILS
from tests.mutations.money import MONEY
from tests.mutations.operators import REFUSED, Expected, Operator
from tests.mutations.orders import ORDERS
from tests.mutations.people import PEOPLE
from tests.mutations.seats import SEATS
from tests.mutations.statuses import STATUSES

RECORDS = Path(__file__).parents[1] / "checkers" / "records"
SEMANTIC = (*SEATS, *EVENTS, *ORDERS, *STATUSES, *MONEY, *MAILS, *PEOPLE, *ENGINE, *HARNESS, *HARMLESS)
EACH_ON = 2  # records on which each operator is tried


@dataclass(frozen=True)
class Trial:
    """One operator on one record."""

    operator: Operator
    good: Good

    def run(self) -> Result | None:
        """What became of it; None where there was nothing to change."""
        draft = Draft(self.good, Random(f"{self.operator.name}/{self.good.name}"))
        try:
            self.operator.act(draft)
        except NotHere:
            return None
        with tempfile.TemporaryDirectory() as folder:
            draft.write(Path(folder))
            changed = _changed(self.good, Path(folder))
            if not changed:
                return None
            try:
                verdict = draft.judged(Path(folder))
            except BadInput as error:
                return Result(self, REFUSED, changed, {}, str(error))
        by = {check.checker: check.outcome for check in verdict.checks if check.outcome is not Outcome.VALID}
        said = [f"{checker}: {finding.message}" for checker, finding in verdict.findings]
        return Result(self, verdict.outcome, changed, by, said[0] if said else "")


@dataclass(frozen=True)
class Result:
    """What was said of a changed record: by which checkers, and the first of what they said."""

    trial: Trial
    answer: str
    changed: frozenset[str]  # sources, and documents, that are not as they were
    by: dict[str, Outcome]
    said: str

    @property
    def name(self) -> str:
        return self.trial.operator.name

    @property
    def is_as_expected(self) -> bool:
        return self.trial.operator.expected.allows(self.answer)


def _changed(good: Good, folder: Path) -> frozenset[str]:
    """By content, as JSON would have it: formatting is no change."""
    from json import loads

    changed = set()
    for path in folder.rglob("*"):
        old = good.files.get(path.name)
        if path.is_dir() or (old is not None and path.read_bytes() == old):
            continue
        new = path.read_bytes()
        same = old is not None and path.suffix == ".jsonl" and _rows(old, loads) == _rows(new, loads)
        if not same and not (path.suffix == ".json" and old is not None and _loads(new) == _loads(old)):
            changed.add(path.stem)
    return frozenset(changed)


def _rows(data: bytes, loads: object) -> object:
    return [_loads(line) for line in data.splitlines()]


def _loads(data: bytes) -> object:
    import json

    try:
        return json.loads(data)
    except ValueError:
        return data


def goods() -> list[Good]:
    """The records of correct runs that the score is taken on."""
    return [Good.read(path) for path in sorted(RECORDS.glob("*__good"))]


def semantic(records: Iterable[Good], each_on: int = EACH_ON) -> Iterator[Result]:
    """Each operator that somebody thought of, on the first few records, in an order of its own, that it fits."""
    kept = list(records)
    for operator in SEMANTIC:
        yield from _on_some(operator, kept, each_on)


def _on_some(operator: Operator, records: list[Good], each_on: int) -> Iterator[Result]:
    order = Random(operator.name).sample(records, len(records))
    found = 0
    for good in order:
        result = Trial(operator, good).run()
        if result:
            yield result
            found += 1
        if found == each_on:
            return


def all_generated(records: Iterable[Good], each_on: int = EACH_ON, sample: int | None = None, seed: int = 1) -> Iterator[Result]:
    """Those that are generated, each on a few records, or as many of them as `sample` says."""
    kept = list(records)
    by_name: dict[str, Operator] = {}
    for good in kept:
        for operator in generated.operators(good):
            by_name.setdefault(operator.name, operator)
    chosen = sorted(by_name)
    if sample is not None:
        chosen = sorted(Random(seed).sample(chosen, min(sample, len(chosen))))
    for name in chosen:
        yield from _on_some(by_name[name], kept, each_on)


class Score:
    """The results, counted."""

    def __init__(self, results: Iterable[Result]) -> None:
        self.results = list(results)

    @property
    def survivors(self) -> list[Result]:
        """Those whose verdict was not what whoever reads it expects."""
        return [result for result in self.results if not result.is_as_expected]

    def table(self) -> str:
        """The score by kind of operator, by source and by checker."""
        lines = [f"{'expected':10} {'kind':12} {'trials':>6} {'seen':>6} {'score':>7}"]
        for (expected, kind), results in sorted(self._grouped().items()):
            seen = sum(result.is_as_expected for result in results)
            lines.append(f"{expected:10} {kind:12} {len(results):6} {seen:6} {seen / len(results):7.1%}")
        lines.append("")
        for expected in Expected:
            mine = [result for result in self.results if result.trial.operator.expected is expected]
            if mine:
                seen = sum(result.is_as_expected for result in mine)
                lines.append(f"{expected:10} {'all':12} {len(mine):6} {seen:6} {seen / len(mine):7.1%}")
        lines += ["", f"{'source changed':24} {'broken':>7} {'seen':>6} {'score':>7}"]
        for source, results in sorted(self._by_source().items()):
            seen = sum(result.is_as_expected for result in results)
            lines.append(f"{source:24} {len(results):7} {seen:6} {seen / len(results):7.1%}")
        lines += ["", f"{'checker':24} {'sees':>7} {'alone':>6} {'wrongly accuses':>16}"]
        sees, alone, accuses = self._by_checker()
        for checker in sorted(sees.keys() | accuses.keys()):
            lines.append(f"{checker:24} {sees[checker]:7} {alone[checker]:6} {accuses[checker]:16}")
        return "\n".join(lines)

    def _grouped(self) -> dict[tuple[str, str], list[Result]]:
        groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
        for result in self.results:
            groups[(result.trial.operator.expected, result.trial.operator.kind)].append(result)
        return groups

    def _by_source(self) -> dict[str, list[Result]]:
        groups: dict[str, list[Result]] = defaultdict(list)
        for result in self.results:
            if result.trial.operator.expected is Expected.BROKEN:
                for source in result.changed - {"record", "decisions", "plan"}:
                    groups[source].append(result)
        return groups

    def _by_checker(self) -> tuple[Counter[str], Counter[str], Counter[str]]:
        """Broken records that each calls INVALID, those that no other does, and those it had better not."""
        sees: Counter[str] = Counter()
        alone: Counter[str] = Counter()
        accuses: Counter[str] = Counter()
        for result in self.results:
            invalid = [checker for checker, outcome in result.by.items() if outcome is Outcome.INVALID]
            if result.trial.operator.expected in (Expected.BROKEN, Expected.NOTICED):
                sees.update(invalid)
                alone.update(invalid if len(invalid) == 1 else ())
            else:
                accuses.update(invalid)
        return sees, alone, accuses
