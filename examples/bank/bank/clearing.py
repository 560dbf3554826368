"""The clearing house: it clears a transfer once per key, and refuses payees whose name begins with "blocked"."""

from chaos import LedgerRow, ThirdParty
from chaos.fakes.exchange import Answer, Body, Change, Invalid, Request, refusal


class Transfer(Body):
    transfer_id: str
    payee: str
    cents: int


class ClearedRow(LedgerRow):
    to: str | None = None
    amount_cents: int | None = None


class Cleared(Change):
    to: str
    amount_cents: int


class ClearingHouse:
    """What it answers when no rule acts; the engine provides the ledger, the rules and the control plane."""

    def __init__(self, _salt: str) -> None:
        self._cleared: set[str] = set()  # keys

    def identify(self, request: Request) -> tuple[str | None, str | None]:
        try:
            return request.key, request.body(Transfer).transfer_id
        except Invalid:
            return request.key, None

    def answer(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", "/v1/transfers"):
            return refusal(404, "not_found", "there is no such call")
        try:
            key, body = request.required_key(), request.body(Transfer)
        except Invalid as error:
            return refusal(422, "invalid", str(error))
        if body.payee.startswith("blocked"):
            return refusal(402, "refused", "this payee is blocked")
        changes = () if key in self._cleared else (Cleared(effect="cleared", to=body.payee, amount_cents=body.cents),)
        return Answer(200, {"transfer_id": body.transfer_id}, changes)

    def apply(self, row: ClearedRow) -> None:
        if row.effect == "cleared" and row.key:
            self._cleared.add(row.key)


CLEARING = ThirdParty(name="clearing", url_variable="CLEARING_URL", desk=ClearingHouse, row=ClearedRow)
