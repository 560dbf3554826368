"""Signups without their proof, and roles that nobody asked for or that were only half put in."""

from __future__ import annotations

from typing import Any

from tests.mutations.calls import client, forget
from tests.mutations.draft import Draft, Row
from tests.mutations.operators import Kind
from tests.mutations.sessions import answers

SIGNUPS = Kind("signups")


def signup(draft: Draft) -> Row:
    return draft.pick(draft.invocations("Signup", "run"))


@SIGNUPS.broken
def guess_accepted(draft: Draft) -> None:
    """A secret that was guessed is accepted, in answer and journal."""
    row = draft.pick(row for row in draft["history"] if row.get("code") == "wrong_secret")
    for name in ("code", "message"):
        row.pop(name)
    row |= {"type": "ok", "status": 200}
    failed = [each for each in draft.invocations("Signup", "click", row["target"].split("/")[1]) if "failure" in each]
    for each in failed:
        each.pop("failure")
        each["result"] = "success"
        draft.entry(each, "Output").pop("failure")


@SIGNUPS.broken
def verified_without_a_click(draft: Draft) -> None:
    """A signup is verified, and the only click that was accepted never was."""
    user = signup(draft)["key"]
    clicks = draft.events(f"Signup/{user}/click", "ok")
    numbers = {row["operation"] for row in draft.pick([clicks] if clicks else [])}
    draft.drop("history", lambda row: row["operation"] in numbers)
    for seq, row in enumerate(draft["history"], 1):
        row["seq"] = seq
    gone = [row for row in draft.invocations("Signup", "click", user) if row.get("result") == "success"]
    for row in gone:
        forget(draft, row)
    kept = [call for call in draft.decisions["load"]["operations"] if call["number"] not in numbers]
    draft.decisions["load"]["operations"] = kept


@SIGNUPS.broken
def clicked_and_not_verified(draft: Draft) -> None:
    """The right secret is accepted, and the signup ends not verified."""
    run = signup(draft)
    why = (408, "not_verified: the secret did not come back in time")
    run |= {"result": "failure", "failure": f"[{why[0]}] {why[1]}"}
    output = draft.entry(run, "Output")
    output.pop("value")
    output["failure"] = {"code": why[0], "message": why[1]}
    for row in draft.events(f"Signup/{run['key']}/run", "ok"):
        row.pop("output")
        row |= {"type": "fail", "status": why[0], "code": "not_verified", "message": why[1]}
    for each in draft.dicts("journal", "state"):
        if each.get("stage") == "VERIFIED":
            each["stage"] = "NOT_VERIFIED"


@SIGNUPS.broken
def right_secret_refused(draft: Draft) -> None:
    """The secret that was mailed is refused as wrong; the user's signup is verified by it later."""
    user = signup(draft)["key"]
    client(
        draft, "Signup", user, "click", input={}, failure=(403, "wrong_secret: this is not the secret that was mailed")
    )


@SIGNUPS.broken
def signup_of_another_user(draft: Draft) -> None:
    """A signup answers that somebody else is verified."""
    run = signup(draft)
    for each in answers(draft, run):
        each["user_id"] = "somebody-else"


@SIGNUPS.broken
def signup_answers_not_verified(draft: Draft) -> None:
    """A signup ends well and answers `verified: false`."""
    for each in answers(draft, signup(draft)):
        each["verified"] = False


@SIGNUPS.broken
def signup_status_says_verified_of_nobody(draft: Draft) -> None:
    """The status of a signup that nobody began says that it is verified."""
    client(draft, "Signup", "user-late", "status", output={"stage": "VERIFIED", "verified": True})


@SIGNUPS.broken
def signup_status_says_not_verified(draft: Draft) -> None:
    """The status of a verified signup says that it is not."""
    client(draft, "Signup", signup(draft)["key"], "status", output={"stage": "WAITING", "verified": False})


def letter(draft: Draft) -> Row:
    """The mail with a secret, as it took effect."""
    return draft.pick(
        row for row in draft["mailer"] if row.get("effect") == "message" and row["key"].startswith("signup:")
    )


@SIGNUPS.broken
def secret_mailed_twice(draft: Draft) -> None:
    """A signup's mail goes out twice under its key."""
    draft.attempt("mailer", letter(draft), message_id="msg_0000000000000000", number=9)


@SIGNUPS.broken
def secret_mailed_twice_under_another_key(draft: Draft) -> None:
    """A signup's mail goes out twice, the second under a key of its own."""
    draft.attempt("mailer", letter(draft), key=draft.fresh("k:"), message_id="msg_0000000000000000")


@SIGNUPS.broken
def secret_mailed_to_another(draft: Draft) -> None:
    """A signup's mail goes to another address than was given."""
    letter(draft)["to"] = "somebody-else@example.org"


@SIGNUPS.broken
def secret_key_of_its_own_making(draft: Draft) -> None:
    """A signup's mail has a key that does not follow the contract's rule."""
    draft.replace(letter(draft)["key"], draft.fresh("mail-"), "mailer")


@SIGNUPS.broken
def secret_never_mailed(draft: Draft) -> None:
    """A signup is verified, and no mail was ever asked for."""
    key = letter(draft)["key"]
    draft["mailer"] = [row for row in draft["mailer"] if row.get("key") != key]
    draft.renumber("mailer")


# --- roles -----------------------------------------------------------------------------------------------------------


def put_in(draft: Draft, step: str) -> Row:
    """The row by which a step of an update took effect."""
    return draft.pick(row for row in draft["mailer"] if row.get("effect") == step)


@SIGNUPS.broken
def role_of_another_name(draft: Draft) -> None:
    """The directory has another role than was asked for."""
    put_in(draft, "role")["detail"] = "janitor"


@SIGNUPS.broken
def role_of_another_user(draft: Draft) -> None:
    """The role goes to somebody else."""
    row = put_in(draft, "role")
    for each in draft["mailer"]:
        if each["attempt"] == row["attempt"]:
            each["path"] = "/v1/users/somebody-else/role"
    row["to"] = "somebody-else"


def step_left_out(step: str) -> Any:
    def lie(draft: Draft) -> None:
        user = put_in(draft, step)["to"]
        draft["mailer"] = [row for row in draft["mailer"] if row["path"] != f"/v1/users/{user}/{step}"]
        draft.renumber("mailer")

    lie.__name__ = f"{step}_left_out"
    lie.__doc__ = f"An update answers that both were applied, and the {step} was never put in."
    return lie


for _step in ("role", "permissions"):
    SIGNUPS.broken(step_left_out(_step))


@SIGNUPS.broken
def permissions_before_the_role(draft: Draft) -> None:
    """The permissions are put in before the role."""
    user = put_in(draft, "permissions")["to"]
    role = [row for row in draft["mailer"] if row["path"] == f"/v1/users/{user}/role"]
    draft["mailer"] = [row for row in draft["mailer"] if row not in role] + role
    draft.renumber("mailer")


@SIGNUPS.broken
def role_put_in_again(draft: Draft) -> None:
    """The role is put in once more, though the directory had answered that it was."""
    draft.attempt("mailer", put_in(draft, "role"), number=2)


@SIGNUPS.broken
def update_answers_one_step(draft: Draft) -> None:
    """An update answers that only the role was applied; both were."""
    update = draft.pick(draft.invocations("RoleUpdate", "apply"))
    user = draft.entry(update, "Input")["value"]["user_id"]
    asked = draft.pick(
        row for row in draft["history"] if row["type"] == "invoke" and (row.get("input") or {}).get("user_id") == user
    )
    rows = [row["output"] for row in draft["history"] if row["operation"] == asked["operation"] and "output" in row]
    for each in (*rows, draft.entry(update, "Output")["value"]):
        each["applied"] = ["role"]


@SIGNUPS.broken
def update_of_nobody(draft: Draft) -> None:
    """The directory gets a role for a user of whom nobody asked that."""
    draft.attempt("mailer", put_in(draft, "role"), path="/v1/users/somebody-else/role", to="somebody-else")
