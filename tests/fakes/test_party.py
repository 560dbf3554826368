"""Third parties are found by name, and one that cannot be is one error that says why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from booking.parties import GATEWAY, MAILER
from chaos import BadInput, ThirdParty
from chaos.fakes import party
from chaos.fakes.party import find_parties, find_party


def described(name: str) -> ThirdParty:
    return ThirdParty(name=name, url_variable="URL", desk=GATEWAY.desk)


def test_they_are_found_each_by_what_starts_it() -> None:
    specs = ("booking.parties:GATEWAY", "booking.parties:MAILER")
    assert find_parties(specs) == dict(zip(specs, (GATEWAY, MAILER), strict=True))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("gateway", "not a third party"),
        ("bokking.parties:GATEWAY", "cannot be found: No module named 'bokking'"),
        ("booking.parties:BANK", "cannot be found: .*BANK"),
        ("booking.parties:Gateway", "is a type, no third party|is a .*, no third party"),
    ],
)
def test_what_is_none_is_refused(spec: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        find_party(spec)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["twice", "twice"], "two third parties have the same name"),
        (["restate"], "cannot have the name 'restate'"),
        (["journal_events"], "cannot have the name 'journal_events'"),
        (["Clearing House"], "cannot have the name"),
    ],
)
def test_a_name_is_its_own(names: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs: Any = SimpleNamespace(**{f"P{at}": described(name) for at, name in enumerate(names)})
    monkeypatch.setattr(party.importlib, "import_module", lambda _: theirs)
    with pytest.raises(BadInput, match=said):
        find_parties([f"theirs:P{at}" for at in range(len(names))])
