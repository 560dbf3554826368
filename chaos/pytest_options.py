"""The plugin's options, one per line: the command line wins, then the environment, pytest's file, the default."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chaos.errors import BadInput, did_you_mean
from chaos.session import BACKENDS, DEFAULT_SYSTEM, NODES, PROTOCOLS, check_app

MAX_NUMBER = 2**63
SWITCH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True)
class Setting:
    """A value as it was given. Relative paths in it are relative to `folder`."""

    text: str
    where: str  # where it was given, as errors say it: "--chaos-seed", "NEXUS_CHAOS_SEED", "chaos_seed in pytest.ini"
    source: str  # the same, as the header says it: "command line", "environment", "pytest.ini"
    folder: Path = Path()


def _number(least: int) -> Callable[[Setting], int]:
    def read(given: Setting) -> int:
        text = given.text
        if not text.isascii() or not text.isdigit() or not least <= int(text) < MAX_NUMBER:
            allowed = f"whole numbers from {least} to 2^63 - 1"
            raise BadInput(f"{text!r} is not such a number", where=given.where, allowed=allowed)
        return int(text)

    return read


def _one_of(*allowed: str) -> Callable[[Setting], str]:
    def read(given: Setting) -> str:
        if given.text not in allowed:
            near = did_you_mean(given.text, allowed)
            raise BadInput(f"unknown value {given.text!r}{near}", where=given.where, allowed=" or ".join(allowed))
        return given.text

    return read


def _switch(given: Setting) -> bool:
    if given.text.lower() not in SWITCH:
        raise BadInput(f"{given.text!r} is neither on nor off", where=given.where, allowed="true or false")
    return SWITCH[given.text.lower()]


def _app(given: Setting) -> str:
    if given.text:
        check_app(given.text, given.where)
    return given.text


def _text(given: Setting) -> str:
    return given.text


def _path(given: Setting) -> Path:
    return given.folder / given.text


@dataclass(frozen=True)
class Option:
    """One option: `--chaos-name`, NEXUS_CHAOS_NAME in the environment, `chaos_name` in pytest's file."""

    name: str
    metavar: str  # empty for a switch
    default: str
    read: Callable[[Setting], Any]  # parses the value; raises BadInput, which says where it was given
    help: str

    @property
    def flag(self) -> str:
        return f"--chaos-{self.name}"

    @property
    def ini(self) -> str:
        return f"chaos_{self.name.replace('-', '_')}"

    @property
    def variable(self) -> str:
        return f"NEXUS_{self.ini.upper()}"

    def add_to(self, parser: pytest.Parser, group: pytest.OptionGroup) -> None:
        """Only plain text here, checked in `read`: a wrong value is bad input like any other (exit code 2)."""
        shown = f"{self.help} (default: {self.default or 'that of the system'})" if self.metavar else self.help
        kind: dict[str, Any] = {"metavar": self.metavar} if self.metavar else {"action": argparse.BooleanOptionalAction}
        group.addoption(self.flag, default=None, help=shown, **kind)
        parser.addini(self.ini, f"{shown}; {self.flag} and {self.variable} take precedence", type="string", default="")

    def given(self, config: pytest.Config) -> Setting | None:
        """What was set, and where; None when nothing was."""
        if (chosen := config.getoption(self.flag)) is not None:
            return Setting(str(chosen), self.flag, "command line")
        if chosen := os.environ.get(self.variable, ""):
            return Setting(chosen, self.variable, "environment")
        overriding = any(each.startswith(f"{self.ini}=") for each in config.getoption("override_ini") or ())
        file = "-o" if overriding or config.inipath is None else config.inipath.name
        where = f"{self.ini} in {file}" if file != "-o" else f"-o {self.ini}"
        try:
            chosen = config.getini(self.ini)
        except (TypeError, Warning):  # a file may hold lists as well
            chosen = None
        if not isinstance(chosen, str):
            raise BadInput("not a string", where=where, allowed=f'text, such as {self.ini} = "{self.default}"')
        if not chosen:
            return None
        if file == "-o" or config.inipath is None:
            return Setting(chosen, where, "command line")
        return Setting(chosen, where, file, config.inipath.parent)


OPTIONS = (
    Option("system", "NAME", DEFAULT_SYSTEM, _text, "the system that describes the app: module:NAME, or none"),
    Option("app", "APP", "", _app, "the app under test: module:attribute, or a program 'cmd:… {port} …'"),
    Option("older-app", "APP", "", _app, "an older version of the app, for what begins with one: upgrades"),
    Option("seed", "N", "1", _number(0), "seed of every plan"),
    Option("backend", "NAME", "process", _one_of(*BACKENDS), f"what runs the stack: {', '.join(BACKENDS)}"),
    Option("always-replay", "", "false", _switch, "suspend at every await, and replay the journal"),
    Option("protocol", "NAME", "bidi", _one_of(*PROTOCOLS), f"how Restate calls the app: {', '.join(PROTOCOLS)}"),
    Option("nodes", "N", "1", _one_of(*NODES), f"how many Restate nodes: {' or '.join(NODES)}"),
    Option("shuffle", "", "false", _switch, "run scenarios in an order that the seed decides"),
    Option("report", "DIR", "reports", _path, "where reports go"),
    Option("keep", "N", "5", _number(1), "how many runs to keep there"),
)


class Chosen:
    """Every option's value, by name, and where each one that was set was set."""

    def __init__(self, config: pytest.Config) -> None:
        """Raises BadInput on the first invalid value, saying where it was given."""
        self._values: dict[str, Any] = {}
        self._told: list[str] = []
        for option in OPTIONS:
            default = option.read(Setting(option.default, option.flag, "default"))
            given = option.given(config)
            value = self._values[option.name] = option.read(given) if given else default
            if given and value != default:
                self._told.append(f"{option.name} {value if option.metavar else given.text.lower()} ({given.source})")

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    @property
    def header(self) -> list[str]:
        """What differs from the defaults, and where it was set: one line, or none."""
        return [f"chaos: {', '.join(self._told)}"] if self._told else []


def add_options(parser: pytest.Parser) -> None:
    """Registers every option, on the command line and in pytest's file."""
    group = parser.getgroup("chaos", "chaos and fault injection")
    for option in OPTIONS:
        option.add_to(parser, group)
