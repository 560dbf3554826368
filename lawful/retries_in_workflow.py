"""Lawful: the workflow itself tries a charge and a void again, each attempt a run of its own with a sleep between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from restate import RunOptions, TerminalError, WorkflowContext
from restate.exceptions import RetryableError

from services import checkout, payment
from services.app import app
from services.outbound import Unclear
from services.saga import Order, Saga
from services.settings import settings

__all__ = ["app"]

ANSWERS = {"charge": payment.Charge, "void": payment.Voided}


class Patient:
    """A workflow's context whose runs `charge` and `void` never fail: what is unclear is an answer like any other."""

    def __init__(self, ctx: WorkflowContext) -> None:
        self._ctx = ctx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)

    async def run_typed(self, name: str, action: Callable[..., Any], options: RunOptions[Any], **kwargs: Any) -> Any:
        if name not in ANSWERS:
            return await self._ctx.run_typed(name, action, options, **kwargs)
        wait, attempts = settings().retry_initial, 0
        while True:
            told = await self._ctx.run_typed(name, once(action), RunOptions(type_hint=dict), **kwargs)
            attempts += 1
            if "ok" in told:
                return ANSWERS[name].model_validate(told["ok"])
            if "refused" in told:
                raise TerminalError(told["refused"], told["status"])
            if options.max_attempts and attempts >= options.max_attempts:
                raise TerminalError(told["unclear"], 500)
            await self._ctx.sleep(wait)
            wait = min(wait * settings().retry_factor, settings().retry_max)


def once(action: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def attempt(**kwargs: Any) -> dict[str, Any]:
        try:
            return {"ok": (await action(**kwargs)).model_dump()}
        except TerminalError as error:
            return {"refused": error.message, "status": error.status_code}
        except (Unclear, RetryableError) as error:
            return {"unclear": str(error)}

    return attempt


class PatientSaga(Saga):
    def __init__(self, ctx: WorkflowContext, order: Order) -> None:
        super().__init__(Patient(ctx), order)  # type: ignore[arg-type]


checkout.Saga = PatientSaga  # type: ignore[misc]
