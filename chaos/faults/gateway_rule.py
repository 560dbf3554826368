"""gateway_rule: the payment gateway (or the mailer) misbehaves as one rule of its control plane says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import Any, ClassVar, Literal

import httpx
from pydantic import Field, field_validator

from chaos.control import FakeControl
from chaos.fakes.rules import Rule
from chaos.faultlog import Injection
from chaos.plan import Fault
from chaos.stack import Stack
from chaos.waiting import NotYet, until

ANSWERS_WITHIN_S = 30


class GatewayRule(Fault):
    """Puts `rule` (match and action, see docs/contract.md) into the gateway or mailer; it must act `min_hits` times."""

    fault: Literal["gateway_rule"] = "gateway_rule"
    at: Literal["gateway", "mailer"] = "gateway"
    rule: dict[str, Any]
    min_hits: int = Field(default=1, ge=1)

    targets: ClassVar[str] = "gateway, mailer"
    effect: ClassVar[str] = "the ledger shows attempts that the rule acted on"
    needs: ClassVar[frozenset[str]] = frozenset({"gateway"})

    @field_validator("rule")
    @classmethod
    def _rule_is_one(cls, rule: dict[str, Any]) -> dict[str, Any]:
        Rule.model_validate(_seeded(rule, 0))
        return rule

    def resolve(self, random: Random, replicas: int) -> GatewayRule:  # noqa: ARG002 - it has no replicas
        """A probability without a seed gets one from the plan's, so that the same attempts are hit again."""
        return self.model_copy(update={"rule": _seeded(self.rule, random.randrange(2**31))})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        control = stack.gateway if self.at == "gateway" else stack.mailer
        start = await control.last_row()
        injection.log("intended")
        rule_id = await control.add_rule(self.rule)
        try:
            injection.log("injected", rule_id=rule_id)
            yield
        finally:
            injection.log("healing", rule_id=rule_id)
            await until(partial(_answers, control), f"the {self.at} to answer", ANSWERS_WITHIN_S)
            rows = [row async for row in control.ledger(start) if row.rule_id == rule_id]
            injection.observe(
                "attempts the rule acted on",
                f"{self.at} ledger",
                before=0,
                during=len({row.attempt for row in rows}),
                relation="at_least",
                bound=self.min_hits,
            )
            await control.remove_rule(rule_id)
            injection.log("healed", rule_id=rule_id)


async def _answers(control: FakeControl) -> None:
    """It may have been killed by another step that heals at the same moment; its rules outlive that."""
    try:
        await control.health()
    except httpx.TransportError as error:
        raise NotYet(type(error).__name__) from error


def _seeded(rule: dict[str, Any], seed: int) -> dict[str, Any]:
    """The rule with a seed for its probability, if it has the one and not the other."""
    match = rule.get("match")
    if not isinstance(match, dict) or "probability" not in match or "seed" in match:
        return rule
    return {**rule, "match": {**match, "seed": seed}}
