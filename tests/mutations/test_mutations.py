"""What is done to good records is seen for what it is, except for what known.py says, with a reason for each.

`python -m tests.mutations` prints the whole score. Here each operator is tried on one record, of those that are
generated a few by chance, always the same ones; `-m nightly` tries all.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from tests.mutations.generated import LEFT_OUT, MODELS
from tests.mutations.known import SURVIVORS
from tests.mutations.operators import Expected, Operator
from tests.mutations.ratchet import new_survivors, stale_entries, why_known
from tests.mutations.score import KINDS, SEMANTIC, Score, generated_for, goods, results

RECORDS = goods()
GENERATED = generated_for(RECORDS)
A_FEW = 100
PARTS = 4  # of the generated ones, so that they can be tried side by side
KNOWN_ON = 3  # records on which an operator is tried that is known to survive on some


def tried(operators: Sequence[Operator], each_on: int) -> list[str]:
    """What is new, and what is stale, of the operators."""
    known = [operator for operator in operators if operator.name in SURVIVORS]
    found = [*results(known, RECORDS, KNOWN_ON)]
    stale = stale_entries(found, [operator.name for operator in known])
    found += results([operator for operator in operators if operator not in known], RECORDS, each_on)
    return new_survivors(found) + [f"{name}: is known to survive, and does not any more" for name in stale]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_change_of_a_kind_is_seen_for_what_it_is(kind: Sequence[Operator]) -> None:
    assert not tried([*kind], 1)


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_generated_is_seen_for_what_it_is(part: int) -> None:
    chosen = Random(1).sample(GENERATED, A_FEW)[part::PARTS]
    assert not new_survivors(results(chosen, RECORDS, 1))


@pytest.mark.nightly
def test_all_changes_are_seen_for_what_they_are() -> None:
    score = Score(results([*SEMANTIC, *GENERATED], RECORDS, KNOWN_ON))
    print(score.table())
    assert not new_survivors(score.results)
    assert not stale_entries(score.results, SURVIVORS)


def test_nothing_lawful_is_known_to_be_accused() -> None:
    lawful = [operator.name for operator in SEMANTIC if operator.expected is Expected.HARMLESS]
    assert not [name for name in lawful if why_known(name)]


def test_each_operator_has_a_name_of_its_own_and_says_what_it_does() -> None:
    names = [operator.name for operator in SEMANTIC]
    assert len(names) == len(set(names))
    assert all(operator.does.endswith((".", "?")) for operator in SEMANTIC)


def test_there_are_operators_on_every_field_of_every_source() -> None:
    """Of every source that the good records have rows in, and every field that its model has."""
    named = {operator.name.rpartition(".")[0] for operator in GENERATED}
    for good in RECORDS:
        for source in good.sources:
            model = MODELS[source].model_fields
            missing = [field for field in model if source != "journal" and f"fields.{source}.{field}" not in named]
            assert not [field for field in missing if f"{source}.{field}" not in LEFT_OUT], source
