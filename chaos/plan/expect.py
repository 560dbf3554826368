"""What a plan expects to be in the evidence, so that its run has shown what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import to_jsonable_python

from chaos.model import Frozen

EMPTY: tuple[JsonValue, ...] = (None, 0, "", [], {})  # values that ask for nothing


class Bounds(Frozen):
    """How many there must be; `exactly` sets both ends."""

    at_least: int = Field(default=0, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @classmethod
    def exactly(cls, count: int) -> Bounds:
        return cls(at_least=count, at_most=count)

    def hold(self, count: int) -> bool:
        return self.at_least <= count and (self.at_most is None or count <= self.at_most)

    def __str__(self) -> str:
        if self.at_most is None:
            return f"at least {self.at_least}"
        return f"exactly {self.at_least}" if self.at_least == self.at_most else f"{self.at_least} to {self.at_most}"


class Expect(Frozen):
    """What must be in the evidence for the scenario to have shown its point; anything less is UNKNOWN.

    Each expectation is declared by the checker that looks for it, in a subclass of Expectations, and stands here under
    its own name as plain JSON. A name that no checker of the plan's system declares is refused before anything runs.
    """

    model_config = ConfigDict(extra="allow")

    checks: tuple[str, ...] | None = None  # names of the checkers to run; null is all that stand

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return to_jsonable_python(value) if isinstance(value, dict) else value

    @property
    def stated(self) -> dict[str, JsonValue]:
        """The expectations that ask for something, by name."""
        return {name: value for name, value in (self.model_extra or {}).items() if value not in EMPTY}


class Expectations(Frozen):
    """What one checker can be told to look for. A checker subclasses it, with a default that asks for nothing each.

    `needs`: by field, the capability that a backend must have for it to be seen. `needs_faults`: the fields that make
    no sense in a plan without steps.
    """

    model_config = ConfigDict(extra="ignore")

    needs: ClassVar[Mapping[str, str]] = {}
    needs_faults: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def of(cls, expect: Expect) -> Self:
        """Those of this checker that a plan states. Raises pydantic.ValidationError when one is not of its form."""
        return cls.model_validate(expect.model_extra or {})
