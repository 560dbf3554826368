"""What is wrong with a document, in words: the field, why, and for an unknown field the ones that are allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from chaos.errors import MOST_SHOWN, did_you_mean
from chaos.model import Frozen
from chaos.plan.step import FAULTS, PlannedFault
from chaos.plan.workload import WORKLOADS, Workload

TAGS = ("fault", "kind", "trigger")  # the fields that say which of several models a mapping is
MAX_COMPLAINTS = 10


def complaints(error: ValidationError, raw: object, root: type[Frozen], within: str = "") -> str:
    """The first complaints about `raw`, read as a `root`, as `field: why`, without echoing values.

    What is allowed is said once for each place. `within` is the path of `raw` itself ("expect.").
    """
    found = error.errors(include_url=False, include_input=False, include_context=False)
    told: set[tuple[str | int, ...]] = set()
    lines = []
    for each in found[:MAX_COMPLAINTS]:
        loc, why = each["loc"], each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            fields = fields_beside(raw, loc, root)
            why = f"unknown field{did_you_mean(loc[-1], fields)}"
            if fields and loc[:-1] not in told:
                why += f"{'' if why.endswith('?') else ';'} allowed: {', '.join(fields)}"
            told.add(loc[:-1])
        lines.append(f"{within}{'.'.join(str(part)[:MOST_SHOWN] for part in loc) or 'plan'}: {why}")
    if len(found) > MAX_COMPLAINTS:
        lines.append(f"and {len(found) - MAX_COMPLAINTS} more")
    return "; ".join(lines)


def fields_beside(raw: object, loc: Sequence[str | int], root: type[Frozen]) -> list[str]:
    """The fields that a `root`, read from `raw`, may have where the last element of `loc` was found."""
    model: type[Frozen] | None = root
    candidates: list[type[Frozen]] = []
    for part in loc[:-1]:
        if isinstance(part, str) and isinstance(raw, Mapping) and part in raw and model:
            raw, field = raw[part], model.model_fields.get(part)
            candidates = list(_models(field.annotation)) if field else []
        elif isinstance(part, int) and isinstance(raw, Sequence) and part < len(raw):
            raw = raw[part]
        else:
            continue  # pydantic names the chosen one of several models here; the value itself says the same
        model = _chosen(candidates, raw)
    return list(model.model_fields) if model else []


def _models(annotation: Any) -> Iterator[type[Frozen]]:
    """Every model that an annotation names, including those registered under a base class."""
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
