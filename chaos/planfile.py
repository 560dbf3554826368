"""Plan files: YAML or JSON in, a Plan out, or one clear error; and the schema that editors check them with."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

import chaos.faults
import chaos.workloads  # noqa: F401 - both fill the registries that plans are read with
from chaos.errors import MOST_SHOWN, BadInput, did_you_mean
from chaos.model import Frozen
from chaos.plan.fields import fields_beside
from chaos.plan.plan import FAULTS, WORKLOADS, Plan

BOOL = "tag:yaml.org,2002:bool"
MAX_BYTES = 1024 * 1024
MAX_VALUES = 100_000
MAX_COMPLAINTS = 10
NEXT_STEP = "see docs/plan.schema.json, and scenarios/ for plans that work"


def load_plan(path: Path) -> Plan:
    """Reads a plan. Raises BadInput naming the field, what is wrong with it and what is allowed there."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"cannot be read: {error}", where=str(path), next_step="name a YAML or JSON plan file"
        ) from error
    if len(data) > MAX_BYTES:
        raise BadInput(f"larger than {MAX_BYTES} bytes", where=str(path), next_step="name a YAML or JSON plan file")
    try:
        raw = yaml.load(text, PlanLoader)  # noqa: S506 - a SafeLoader; JSON is YAML
    except RecursionError:
        raise BadInput("nested too deeply", where=str(path), next_step=NEXT_STEP) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date or a number that cannot be
        raise BadInput(f"neither YAML nor JSON: {_one_line(error)}", where=str(path), next_step=NEXT_STEP) from error
    if not isinstance(raw, dict):
        raise BadInput("not a mapping", where=str(path), allowed="a mapping with name, workload …", next_step=NEXT_STEP)
    try:
        return Plan.model_validate(raw)
    except ValidationError as error:
        raise BadInput(_complaints(error, raw), where=str(path), next_step=NEXT_STEP) from error


class PlanLoader(yaml.SafeLoader):
    """YAML as a plan may use it: no key twice in one mapping, and aliases that stay small when written out.

    As in YAML 1.2 only `true` and `false` are truth values: the field `on` of a fault is a word.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for name, times in keys.items():
            if times > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {name!r} stands twice", node.start_mark)
        return node

    def compose_document(self) -> yaml.Node | None:
        node: yaml.Node | None = super().compose_document()
        if node is not None and _written_out(node, {}) > MAX_VALUES:
            raise yaml.YAMLError(f"more than {MAX_VALUES} values, aliases written out")
        return node


PlanLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlanLoader.add_implicit_resolver(BOOL, re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def _written_out(node: yaml.Node, counted: dict[int, int]) -> int:
    """How many values a node is, with every alias written out."""
    if id(node) not in counted:
        counted[id(node)] = MAX_VALUES + 1  # until it is counted: an alias to what it stands in has no end
        children = node.value if isinstance(node, yaml.CollectionNode) else []
        inner = [each for child in children for each in (child if isinstance(child, tuple) else (child,))]
        counted[id(node)] = 1 + sum(_written_out(each, counted) for each in inner)
    return counted[id(node)]


def _complaints(error: ValidationError, raw: object) -> str:
    """The first complaints as `field: why`, without echoing values; what is allowed is said once for each place."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    told: set[tuple[str | int, ...]] = set()
    lines = []
    for each in found[:MAX_COMPLAINTS]:
        loc, why = each["loc"], each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            fields = fields_beside(raw, loc)
            why = f"unknown field{did_you_mean(loc[-1], fields)}"
            if fields and loc[:-1] not in told:
                why += f"{'' if why.endswith('?') else ';'} allowed: {', '.join(fields)}"
            told.add(loc[:-1])
        lines.append(f"{'.'.join(str(part)[:MOST_SHOWN] for part in loc) or 'plan'}: {why}")
    if len(found) > MAX_COMPLAINTS:
        lines.append(f"and {len(found) - MAX_COMPLAINTS} more")
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
