"""Signup: a user proves to own an e-mail address by sending back the secret that was mailed to it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Annotated, Literal

import restate
from pydantic import StringConstraints
from restate import RunOptions, TerminalError, Workflow, WorkflowContext, WorkflowSharedContext

from services import mail, outbound
from services.errors import refuse
from services.schema import Message, Name, Nothing, Stored
from services.serde import Json, guard
from services.settings import settings
from services.state import Kept, Versioned

service = Workflow("Signup", invocation_context_managers=[guard("user_id", Name)])

Email = Annotated[Name, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]


class Applicant(Message):
    name: Name
    email: Email


class Verified(Message):
    user_id: str
    verified: Literal[True] = True


class Click(Message):
    secret: Name


class View(Message):
    stage: Literal["MAILING", "WAITING", "VERIFIED", "NOT_VERIFIED"]
    verified: bool


class Progress(Stored):
    """How far the signup is; of the secret only what is needed to recognize it."""

    stage: Literal["MAILING", "WAITING", "VERIFIED", "NOT_VERIFIED"]
    secret_sha256: str


PROGRESS = Kept("signup", Versioned(Progress))


@service.main(input_serde=Json(Applicant), output_serde=Json(Verified))
async def run(ctx: WorkflowContext, applicant: Applicant) -> Verified:
    """Mails the secret and waits for it. Raises 408 `not_verified` if it does not come back in time."""
    # Not from ctx.random: that is seeded with the invocation's id, which is not secret.
    secret = await ctx.run_typed("secret", new_secret, RunOptions(type_hint=str))
    progress = Progress(stage="MAILING", secret_sha256=_digest(secret))
    PROGRESS.write(ctx, progress)
    message = mail.Mail(
        to=applicant.email,
        subject="Please confirm your address",
        body=f"Welcome, {applicant.name}! Confirm your address with this secret: {secret}",
    )
    try:
        await ctx.run_typed(
            "mail", mail.send, outbound.retrying(mail.Accepted), key=f"signup:{ctx.key()}", mail=message
        )
        PROGRESS.write(ctx, progress.model_copy(update={"stage": "WAITING"}))
        await wait_for_click(ctx)
    except TerminalError:
        PROGRESS.write(ctx, progress.model_copy(update={"stage": "NOT_VERIFIED"}))
        raise
    PROGRESS.write(ctx, progress.model_copy(update={"stage": "VERIFIED"}))
    return Verified(user_id=ctx.key())


@service.handler(input_serde=Json(Click))
async def click(ctx: WorkflowSharedContext, request: Click) -> None:
    """The user sends the secret. Raises 403 `wrong_secret`, which changes nothing, or 408 if the time was up before."""
    progress = await PROGRESS.read(ctx)
    if progress is None or not hmac.compare_digest(progress.secret_sha256, _digest(request.secret)):
        raise refuse("wrong_secret", "this is not the secret that was mailed")
    if not await settle(ctx, True):
        raise refuse("not_verified", "the secret came too late")


@service.handler(input_serde=Json(Nothing), output_serde=Json(View))
async def status(ctx: WorkflowSharedContext, _: Nothing) -> View:
    """How far the signup is. Raises 404 `unknown_signup` if it never began."""
    progress = await PROGRESS.read(ctx)
    if progress is None:
        raise refuse("unknown_signup", "nobody signed up under this id")
    return View(stage=progress.stage, verified=progress.stage == "VERIFIED")


async def wait_for_click(ctx: WorkflowContext) -> None:
    verified = ctx.promise("email_verified", type_hint=bool).value()
    await restate.select(verified=verified, time_up=ctx.sleep(timedelta(seconds=settings().signup_timeout_s)))
    if not await settle(ctx, False):
        raise refuse("not_verified", "the secret did not come back in time")


async def settle(ctx: WorkflowContext | WorkflowSharedContext, verified: bool) -> bool:
    """Decides whether the address is verified unless that is decided; returns what counts."""
    try:
        await ctx.promise("email_verified", type_hint=bool).resolve(verified)
    except TerminalError:
        return bool(await ctx.promise("email_verified", type_hint=bool).peek())
    return verified


async def new_secret() -> str:
    return secrets.token_urlsafe(32)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
