"""Plan files: YAML or JSON in, a Plan out, or one clear error; and the schema that editors check them with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

import chaos.faults
import chaos.workloads  # noqa: F401 - both fill the registries that plans are read with
from chaos.errors import BadInput
from chaos.model import Frozen
from chaos.plan import FAULTS, WORKLOADS, Plan

NEXT_STEP = "see docs/plan.schema.json, and scenarios/ for plans that work"


def load_plan(path: Path) -> Plan:
    """Reads a plan. Raises BadInput naming the field, what is wrong with it and what is allowed there."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"cannot be read: {error}", where=str(path), next_step="name a YAML or JSON plan file"
        ) from error
    try:
        raw = yaml.safe_load(text)  # JSON is YAML
    except yaml.YAMLError as error:
        raise BadInput(f"neither YAML nor JSON: {_one_line(error)}", where=str(path), next_step=NEXT_STEP) from error
    if not isinstance(raw, dict):
        raise BadInput("not a mapping", where=str(path), allowed="a mapping with name, workload …", next_step=NEXT_STEP)
    try:
        return Plan.model_validate(raw)
    except ValidationError as error:
        raise BadInput(_complaints(error), where=str(path), next_step=NEXT_STEP) from error


def _complaints(error: ValidationError) -> str:
    """Every complaint as `field: why`, without echoing values."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"{'.'.join(str(part) for part in each['loc']) or 'plan'}: {each['msg']}" for each in found]
    return "; ".join(lines)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def plan_schema() -> dict[str, Any]:
    """The JSON schema of plan files, with every fault and workload that is registered."""
    schema = Plan.model_json_schema()
    definitions = schema["$defs"]
    for place, registry in (("fault", FAULTS), ("workload", WORKLOADS)):
        names = [_define(definitions, model) for _, model in sorted(registry.items())]
        owner = definitions["Step"]["properties"] if place == "fault" else schema["properties"]
        owner[place] = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
    for unused in ("Fault", "Workload"):
        definitions.pop(unused, None)
    return schema


def _define(definitions: dict[str, Any], model: type[Frozen]) -> str:
    own = TypeAdapter(model).json_schema(ref_template="#/$defs/{model}")
    definitions.update(own.pop("$defs", {}))
    discriminator = "fault" if "fault" in own["properties"] else "kind"
    own["required"] = sorted({*own.get("required", []), discriminator})
    definitions[model.__name__] = own
    return model.__name__


def schema_text() -> str:
    """The schema as it is published in docs/plan.schema.json."""
    return json.dumps(plan_schema(), indent=2, sort_keys=True) + "\n"
