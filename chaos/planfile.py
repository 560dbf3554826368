"""Plan files: YAML or JSON in, a Plan out, or one clear error; and the schema that editors check them with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

import chaos.faults
import chaos.workloads  # noqa: F401 - both fill the registries that plans are parsed with
from chaos.errors import BadInput
from chaos.extensions import load_faults
from chaos.judging import checkers_of, fit
from chaos.model import Frozen
from chaos.plan.expect import Expect, Expectations
from chaos.plan.fields import complaints
from chaos.plan.plan import Plan
from chaos.plan.spec import Settings
from chaos.plan.step import FAULTS
from chaos.plan.workload import WORKLOADS
from chaos.session import DEFAULT_SYSTEM
from chaos.system.system import System, find_system
from chaos.textfile import read_mapping

NEXT_STEP = "see docs/plan.schema.json, and scenarios/ for plans that work"


def load_plan(path: Path, system: str = "") -> Plan:
    """Reads a plan for a system, "module:NAME"; if none is given, for the one the plan names, or else the default.

    The returned plan names the system. Raises BadInput naming the field, what is wrong and what is allowed there.
    """
    load_faults()
    raw = read_mapping(path, "plan", allowed="a mapping with name, workload …", next_step=NEXT_STEP)
    named = raw.get("system")
    if system and isinstance(named, str) and named != system:
        raise BadInput(f"the plan is of another system: {named}", where=str(path), allowed=system)
    chosen = system or (named if isinstance(named, str) else DEFAULT_SYSTEM)
    described = find_system(chosen)  # which also registers its workloads
    try:
        return fit(Plan.model_validate(raw), described).model_copy(update={"system": chosen})
    except ValidationError as error:
        raise BadInput(complaints(error, raw, Plan), where=str(path), next_step=NEXT_STEP) from error
    except BadInput as error:
        where = f"{path}: {error.where}"
        raise BadInput(error.what, where=where, allowed=error.allowed, next_step=error.next_step) from error


def plan_schema(system: System) -> dict[str, Any]:
    """The JSON schema of a system's plan files, with every registered fault and workload."""
    load_faults()
    schema = Plan.model_json_schema()
    definitions = schema["$defs"]
    for place, registry in (("fault", FAULTS), ("workload", WORKLOADS)):
        names = [_define(definitions, model) for _, model in sorted(registry.items())]
        owner = definitions["Step"]["properties"] if place == "fault" else schema["properties"]
        owner[place] = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
    definitions[Settings.__name__] = system.settings.model_json_schema()
    _define_expectations(definitions, system)
    for unused in ("PlannedFault", "Workload"):
        definitions.pop(unused, None)
    return schema


def _define_expectations(definitions: dict[str, Any], system: System) -> None:
    """Every expectation under its own name, as the checkers declare them."""
    owner = definitions[Expect.__name__]
    for checker in checkers_of(system).values():
        declared = (checker.expects or Expectations).model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(declared.pop("$defs", {}))
        owner["properties"].update(declared.get("properties", {}))
    owner["additionalProperties"] = False


def _define(definitions: dict[str, Any], model: type[Frozen]) -> str:
    own = TypeAdapter(model).json_schema(ref_template="#/$defs/{model}")
    definitions.update(own.pop("$defs", {}))
    discriminator = "fault" if "fault" in own["properties"] else "kind"
    own["required"] = sorted({*own.get("required", []), discriminator})
    definitions[model.__name__] = own
    return model.__name__


def schema_text(system: System) -> str:
    """The schema as published in docs/plan.schema.json."""
    return json.dumps(plan_schema(system), indent=2, sort_keys=True) + "\n"
