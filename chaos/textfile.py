"""YAML and JSON files that people write: a mapping comes out, or one clear error."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from chaos.errors import BadInput

BOOL = "tag:yaml.org,2002:bool"
MAX_BYTES = 1024 * 1024
MAX_VALUES = 100_000


def read_mapping(path: Path, kind: str, *, allowed: str, next_step: str = "") -> dict[str, Any]:
    """The contents of a file of that `kind` ("plan"). Raises BadInput, which says what is wrong and what to do next."""
    name_one = f"name a YAML or JSON {kind} file"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(path), next_step=name_one) from error
    if len(data) > MAX_BYTES:
        raise BadInput(f"larger than {MAX_BYTES} bytes", where=str(path), next_step=name_one)
    try:
        raw = yaml.load(text, TextLoader)  # noqa: S506 - a SafeLoader; JSON is YAML
    except RecursionError:
        raise BadInput("nested too deeply", where=str(path), next_step=next_step) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date or number
        raise BadInput(f"neither YAML nor JSON: {_one_line(error)}", where=str(path), next_step=next_step) from error
    if not isinstance(raw, dict):
        raise BadInput("not a mapping", where=str(path), allowed=allowed, next_step=next_step)
    return raw


class TextLoader(yaml.SafeLoader):
    """YAML as these files may use it: no duplicate keys in a mapping, and aliases that stay small when expanded.

    As in YAML 1.2, only `true` and `false` are booleans: the field `on` of a fault is a word.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for name, times in keys.items():
            if times > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {name!r} is used twice", node.start_mark)
        return node

    def compose_document(self) -> yaml.Node | None:
        node: yaml.Node | None = super().compose_document()
        if node is not None and _written_out(node, {}) > MAX_VALUES:
            raise yaml.YAMLError(f"more than {MAX_VALUES} values, with aliases expanded")
        return node


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
TextLoader.add_implicit_resolver(BOOL, re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def _written_out(node: yaml.Node, counted: dict[int, int]) -> int:
    """How many values a node has, with every alias expanded."""
    if id(node) not in counted:
        counted[id(node)] = MAX_VALUES + 1  # until it is counted: an alias to a node that contains it never ends
        children = node.value if isinstance(node, yaml.CollectionNode) else []
        inner = [each for child in children for each in (child if isinstance(child, tuple) else (child,))]
        counted[id(node)] = 1 + sum(_written_out(each, counted) for each in inner)
    return counted[id(node)]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
