"""The score of the oracle: how often each kind of change is seen for what it is, by whom, and in which source."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from chaos.errors import BadInput
from chaos.verdict import Outcome
from tests.mutations import generated
from tests.mutations.draft import Draft, Good, NotHere
from tests.mutations.engine import ENGINE
from tests.mutations.events import EVENTS
from tests.mutations.forms import FORMS
from tests.mutations.harness import HARNESS
from tests.mutations.inboxes import INBOXES
from tests.mutations.lawful import LAWFUL
from tests.mutations.looks import LOOKS
from tests.mutations.mails import MAILS
from tests.mutations.money import MONEY
from tests.mutations.operators import REFUSED, Expected, Operator
from tests.mutations.orders import ORDERS
from tests.mutations.plans import PLANS
from tests.mutations.seats import SEATS
from tests.mutations.secrets import SECRETS
from tests.mutations.sessions import SESSIONS
from tests.mutations.signups import SIGNUPS
from tests.mutations.statuses import STATUSES
from tests.mutations.third_parties import THIRD_PARTIES
from tests.mutations.undoing import UNDOING

RECORDS = Path(__file__).parents[1] / "checkers" / "records"
KINDS = (
    *(SEATS, LOOKS, EVENTS, ORDERS, UNDOING, STATUSES, MONEY, MAILS, INBOXES, SESSIONS, SIGNUPS, SECRETS),
    *(ENGINE, HARNESS, PLANS),
    *(FORMS, LAWFUL, THIRD_PARTIES),
)
SEMANTIC = tuple(operator for kind in KINDS for operator in kind)


@dataclass(frozen=True)
class Result:
    """What was said of a changed record: by which checkers, and the first of what they said."""

    operator: Operator
    record: str
    answer: str  # an outcome, or `refused`
    changed: frozenset[str]  # sources, and documents, that are not as they were
    by: dict[str, Outcome]  # checkers that were not content
    said: str

    @property
    def name(self) -> str:
        return self.operator.name

    @property
    def is_as_expected(self) -> bool:
        return self.operator.expected.allows(self.answer)


def tried(operator: Operator, good: Good) -> Result | None:
    """What becomes of one operator on one record; None where there is nothing to change."""
    draft = Draft(good, Random(f"{operator.name}/{good.name}"))
    try:
        operator.act(draft)
    except NotHere:
        return None
    changed = draft.changed()
    if not changed:
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            verdict = draft.judged(Path(folder))
        except BadInput as error:
            return Result(operator, good.name, REFUSED, changed, {}, str(error))
    by = {check.checker: check.outcome for check in verdict.checks if check.outcome is not Outcome.VALID}
    said = [f"{checker}: {finding.message}" for checker, finding in verdict.findings]
    return Result(operator, good.name, verdict.outcome, changed, by, said[0] if said else "")


def goods() -> list[Good]:
    """The records of correct runs that the score is taken on."""
    return [Good.read(path) for path in sorted(RECORDS.glob("*__good"))]


def generated_for(records: Iterable[Good]) -> list[Operator]:
    """All that there are by the models and these records, by name."""
    by_name: dict[str, Operator] = {}
    for good in records:
        for operator in generated.operators(good):
            by_name.setdefault(operator.name, operator)
    return [by_name[name] for name in sorted(by_name)]


def results(operators: Iterable[Operator], records: list[Good], each_on: int) -> Iterator[Result]:
    """Each operator on the first few records that it fits, in an order of its own."""
    for operator in operators:
        fits = (tried(operator, good) for good in Random(operator.name).sample(records, len(records)))
        yield from islice((result for result in fits if result), each_on)


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
            mine = [result for result in self.results if result.operator.expected is expected]
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
            groups[(result.operator.expected, result.operator.kind)].append(result)
        return groups

    def _by_source(self) -> dict[str, list[Result]]:
        groups: dict[str, list[Result]] = defaultdict(list)
        for result in self.results:
            if result.operator.expected is Expected.BROKEN:
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
            if result.operator.expected in (Expected.BROKEN, Expected.NOTICED):
                sees.update(invalid)
                alone.update(invalid if len(invalid) == 1 else ())
            else:
                accuses.update(invalid)
        return sees, alone, accuses
