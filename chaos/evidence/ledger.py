"""The fakes' ledger as evidence: what arrived at a third party, what took effect, what was answered."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, ValidationError

from chaos.errors import BadInput
from chaos.model import Frozen

RowKind = Literal["arrival", "hold", "release", "effect", "answer", "sent", "drop", "webhook"]
Effect = str  # a third party's own word for what it did; "forget" is the engine's, for a key that a rule made it forget

APPLICATION_ID = 0x4E584C47  # stands in the header of every ledger file


class LedgerRow(Frozen):
    """One row of an append-only ledger.

    An attempt is one `arrival` and, later, the `hold`, `effect`, `answer` or `drop` rows that name it in `attempt`.
    An arrival with neither answer nor drop was cut off by a crash of the fake. Of an answer that trickles `sent` says
    when its client had it all, or had gone. What becomes later of something that is pending
    (`effect` and `webhook` rows) names the attempt that made it. Order is `row`; `at_ms` is for people.
    A third party's own columns are fields of a subclass, or are read as extra fields.
    """

    model_config = ConfigDict(extra="allow")

    row: int  # position in the ledger, from 1, without gaps
    at_ms: int  # wall clock, milliseconds since the epoch
    kind: RowKind
    attempt: int  # the row of the arrival this row belongs to; an arrival names itself
    method: str
    path: str
    key: str | None = None  # Idempotency-Key, or the key that the request is about
    case: str | None = None  # the case that it is about, as far as the request says
    connection: str | None = None  # peer address "host:port"
    number: int | None = None  # attempts so far of this method and path with this key (else case), this one included
    rule_id: str | None = None  # the rule that acted on the attempt
    hold_id: str | None = None
    effect: Effect | None = None
    status: int | None = None  # HTTP status answered, by the app to a webhook
    detail: str | None = None  # the answer's code, why it was dropped, what a webhook said, or that a client went
    fingerprint: str | None = None  # keyed hash of what the key was first used for; its secrets stand nowhere


def read(path: Path) -> list[LedgerRow]:
    """All durable rows of a fake's ledger file, in order; the fake may be alive or dead, however it died.

    After a kill the newest rows stand in the file beside it that ends in "-wal": keep the two together.
    Raises BadInput when the file is missing, cut, corrupt or no ledger.
    """

    def unusable(what: str) -> BadInput:
        return BadInput(
            what, where=str(path), allowed="the --ledger file of a fake, with its -wal file if there is one"
        )

    if not path.is_file():
        raise unusable("there is no such file")
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            if database.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise unusable("this is not a ledger, or it is cut")
            damage = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise unusable(f"the ledger is damaged: {damage}")
            rows = [
                LedgerRow.model_validate_json(body)
                for (body,) in database.execute("SELECT body FROM ledger ORDER BY row")
            ]
    except sqlite3.Error as error:
        raise unusable(f"the ledger cannot be read: {error}") from error
    except ValidationError as error:
        raise unusable("a row is not of this version's form") from error
    if [row.row for row in rows] != list(range(1, len(rows) + 1)):
        raise unusable("rows are missing")
    return rows
