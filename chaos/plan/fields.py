"""Which fields stand beside a field that nobody knows: the model is found by where pydantic says the field was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from chaos.model import Frozen
from chaos.plan.plan import Plan
from chaos.plan.step import FAULTS, PlannedFault
from chaos.plan.workload import WORKLOADS, Workload

TAGS = ("fault", "kind", "trigger")  # the fields that say which of several models a mapping is


def fields_beside(raw: object, loc: Sequence[str | int]) -> list[str]:
    """The fields that a plan, read from `raw`, may have where the last element of `loc` was found."""
    model: type[Frozen] | None = Plan
    candidates: list[type[Frozen]] = []
    for part in loc[:-1]:
        if isinstance(part, str) and isinstance(raw, Mapping) and part in raw and model:
            raw, field = raw[part], model.model_fields.get(part)
            candidates = list(_models(field.annotation)) if field else []
        elif isinstance(part, int) and isinstance(raw, Sequence) and part < len(raw):
            raw = raw[part]
        else:
            continue  # which of several models it is, as pydantic says it: so does the value
        model = _chosen(candidates, raw)
    return list(model.model_fields) if model else []


def _models(annotation: Any) -> Iterator[type[Frozen]]:
    """Every model that an annotation names, those that are registered under a base included."""
    if annotation is PlannedFault:
        yield from FAULTS.values()
    elif annotation is Workload:
        yield from WORKLOADS.values()
    elif isinstance(annotation, type) and issubclass(annotation, Frozen):
        yield annotation
    else:
        for inner in get_args(annotation):
            yield from _models(inner)


def _chosen(candidates: Sequence[type[Frozen]], raw: object) -> type[Frozen] | None:
    if len(candidates) == 1:
        return candidates[0]
    for model in candidates:
        for tag in TAGS:
            field = model.model_fields.get(tag)
            if field and isinstance(raw, Mapping) and raw.get(tag) == field.default:
                return model
    return None
