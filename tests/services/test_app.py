"""The endpoint as a whole: it offers what the contract names, and logs say whose line it is."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from types import ModuleType

import pytest

from services import logs

PUBLIC = {
    "Event": {"open", "get", "reset"},
    "Ticket": {"reserve", "release", "get"},
    "SeatMap": {"get"},
    "Checkout": {"run", "status", "payment_result", "cancel"},
    "Orders": set(),
    "Notifications": {"mark_read", "get"},
    "UserSession": {"add_to_cart", "remove_from_cart", "checkout", "get", "clear"},
    "OrderWatch": set(),
    "Signup": {"run", "click", "status"},
    "RoleUpdate": {"apply"},
}
SHARED = {
    "Event.get",
    "Ticket.get",
    "SeatMap.get",
    "Checkout.status",
    "Checkout.payment_result",
    "Checkout.cancel",
    "Orders.get",
    "Notifications.get",
    "UserSession.get",
    "Signup.click",
    "Signup.status",
}


@pytest.fixture
def app() -> ModuleType:
    """`services.app`, imported when the settings are there."""
    return import_module("services.app")


def test_what_can_be_called_from_outside_is_what_the_contract_names(app: ModuleType) -> None:
    public = {
        service.name: {
            name
            for name, handler in service.handlers.items()
            if not (service.ingress_private or handler.ingress_private)
        }
        for service in app.SERVICES
    }
    assert public == PUBLIC


def test_what_is_shared_is_what_the_contract_names(app: ModuleType) -> None:
    shared = {
        f"{service.name}.{name}"
        for service in app.SERVICES
        for name, handler in service.handlers.items()
        if handler.kind == "shared"
    }
    assert shared == SHARED


def test_every_service_that_is_written_is_served(app: ModuleType) -> None:
    written = {
        module.service
        for name, module in sys.modules.items()
        if name.startswith("services.") and hasattr(module, "service")
    }
    assert written == set(app.SERVICES)


def test_a_log_line_carries_its_invocation(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "root", logging.RootLogger(logging.WARNING))
    logs.configure()
    token = logs.invocation_id.set("inv_1abc")
    try:
        logging.root.info("paid")
    finally:
        logs.invocation_id.reset(token)
    logging.root.info("idle")
    paid, idle = capsys.readouterr().err.splitlines()
    assert " INFO inv_1abc root: paid" in paid
    assert " INFO - root: idle" in idle
