"""State that outlives the code that wrote it: each value carries its schema version and is brought up to date on read.

Old and new endpoints run side by side while an upgrade lasts, so a value may be of any version whenever it is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Generic

from restate import ObjectContext, ObjectSharedContext, WorkflowContext, WorkflowSharedContext
from restate.serde import Serde

from services.serde import Invalid, Json, M

Fields = dict[str, Any]
Upgrade = Callable[[Fields], Fields]
Exclusive = ObjectContext | WorkflowContext
AnyContext = Exclusive | ObjectSharedContext | WorkflowSharedContext


class Versioned(Json[M]):
    """A stored value with its schema version beside its fields; one without is of version 1, which had none.

    `upgrades[0]` makes fields of version 2 of those of version 1, and so on; the last leads to `model`. Of a version
    newer than ours we read what we know.
    """

    def __init__(self, model: type[M], *upgrades: Upgrade) -> None:
        super().__init__(model)
        self.upgrades = upgrades
        self.schema = 1 + len(upgrades)

    def deserialize(self, buf: bytes) -> M:
        try:
            fields = json.loads(buf)
            schema = int(fields.pop("schema", 1))
            for upgrade in self.upgrades[schema - 1 :]:
                fields = upgrade(fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Invalid(f"state: {type(error).__name__} on the way to schema {self.schema}") from None
        return super().deserialize(json.dumps(fields).encode())

    def serialize(self, obj: M | None) -> bytes:
        if obj is None:
            return b""
        fields = {"schema": self.schema, **obj.model_dump(mode="json")}
        # UTF-8 as it is: escaped, as json has it by default, a name could be three times as long.
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


class Kept(Generic[M]):
    """One value in an object's state: the key it has, and the key it had in older versions."""

    def __init__(self, key: str, serde: Serde[M], *, formerly: str | None = None) -> None:
        self.key = key
        self.serde = serde
        self.formerly = formerly

    async def read(self, ctx: AnyContext) -> M | None:
        """The value, under whichever key it is; nothing is written, so that shared handlers may ask too."""
        value = await ctx.get(self.key, self.serde)
        if value is None and self.formerly:
            value = await ctx.get(self.formerly, self.serde)
        return value

    def write(self, ctx: Exclusive, value: M) -> None:
        """Keeps the value as the current version does, and nothing of what an older one kept."""
        ctx.set(self.key, value, self.serde)
        if self.formerly:
            ctx.clear(self.formerly)
