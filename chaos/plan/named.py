"""Values that a plan names by one of their fields: faults by `fault`, workloads by `kind`."""

from __future__ import annotations

from collections.abc import Mapping

from chaos.errors import unknown
from chaos.model import Frozen


def pick(value: object, field: str, registry: Mapping[str, type[Frozen]]) -> object:
    """Validates a mapping as the registered class that its discriminating field names."""
    if not isinstance(value, Mapping):
        return value
    name = value.get(field)
    if not isinstance(name, str) or name not in registry:
        raise ValueError(unknown(field, name, sorted(registry)))
    return registry[name].model_validate(value)
