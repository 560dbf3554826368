"""Payment tokens, mailed secrets and order ids that stand where nobody may read them."""

from __future__ import annotations

from tests.mutations.calls import client
from tests.mutations.draft import Draft
from tests.mutations.operators import Kind
from tests.mutations.signups import signup

SECRETS = Kind("secrets")


def secret(draft: Draft) -> str:
    """A payment token, as the record keeps it."""
    tokens = [str(each["payment_token"]) for each in draft.dicts("history") if "payment_token" in each]
    return draft.pick(token for token in tokens if token.startswith("hmac:"))


@SECRETS.broken
def token_in_a_log(draft: Draft) -> None:
    """A payment token stands in an endpoint's log."""
    draft.extra["logs/endpoint-0.log"] = f"INFO charging with {secret(draft)}\n"


@SECRETS.broken
def token_in_a_ticket(draft: Draft) -> None:
    """A payment token stands in a ticket's state."""
    row = draft.pick(row for row in draft["state"] if row["service"] == "Ticket")
    row["value"]["token"] = secret(draft)


@SECRETS.broken
def token_in_a_state(draft: Draft) -> None:
    """A payment token stands in what a checkout wrote into its state."""
    draft.entry(draft.run(draft.pick(draft.orders())), "SetState")["value"]["token"] = secret(draft)


@SECRETS.broken
def token_in_an_answer(draft: Draft) -> None:
    """A payment token stands in an answer to a client."""
    token = secret(draft)
    row = draft.pick(row for row in draft["history"] if isinstance(row.get("output"), dict))
    row["output"]["token"] = token


@SECRETS.broken
def token_in_a_ledger(draft: Draft) -> None:
    """A payment token stands in the mailer's ledger."""
    token = secret(draft)
    draft.pick(draft["mailer"])["detail"] = token


@SECRETS.broken
def token_in_a_failure(draft: Draft) -> None:
    """A payment token stands in why an invocation was tried again."""
    token = secret(draft)
    draft.pick(draft["invocations"])["last_failure"] = f"could not charge {token}"


@SECRETS.broken
def token_in_a_notification(draft: Draft) -> None:
    """A payment token is sent along with a notification."""
    token = secret(draft)
    row = draft.pick(row for row in draft["journal"] if str(row.get("target")).endswith("/notify"))
    row["value"]["token"] = token


@SECRETS.broken
def order_id_in_the_answer_to_another(draft: Draft) -> None:
    """The map's answer names an order."""
    order = draft.pick(draft.orders())
    event = draft.pick(draft.event_ids)
    view = draft.pick([draft.views[f"SeatMap/{event}/get"]])
    client(draft, "SeatMap", event, "get", output={**view, "orders": [order]})


@SECRETS.broken
def signup_secret_in_its_status(draft: Draft) -> None:
    """A signup's status says a secret."""
    said = {"stage": "VERIFIED", "verified": True, "secret": "hmac:0123456789ab"}
    client(draft, "Signup", signup(draft)["key"], "status", output=said)


@SECRETS.broken
def signup_secret_in_its_state(draft: Draft) -> None:
    """A signup keeps its secret in its state."""
    row = draft.pick(row for row in draft["state"] if row["service"] == "Signup")
    row["value"]["secret"] = "hmac:0123456789ab"
