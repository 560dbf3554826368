"""What the tool tells a person when something is wrong: what, where, what is allowed, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_SHOWN = 80  # characters of an unknown name


class ChaosError(Exception):
    """An error the user can act on. Commands print it without a traceback and exit with `exit_code`."""

    exit_code = 2


class BadInput(ChaosError):
    """A plan, rule file, flag, setting or record that cannot be used.

    `what` is wrong, `where` it was found, what is `allowed` there, and the `next_step` to take.
    """

    def __init__(self, what: str, *, where: str, allowed: str = "", next_step: str = "") -> None:
        self.what = what
        self.where = where
        self.allowed = allowed
        self.next_step = next_step
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}"]
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.next_step:
            lines.append(f"  next: {self.next_step}")
        return "\n".join(lines)


class CannotDo(BadInput):
    """A plan needs something this backend, on this machine, cannot do: its scenario is skipped, and proves nothing."""


class StartFailed(ChaosError):
    """A process of the stack did not come up; carries the last lines it logged."""

    def __init__(self, process: str, reason: str, log_tail: str = "", next_step: str = "") -> None:
        self.process = process
        self.reason = reason
        self.log_tail = log_tail
        message = f"{process} did not start: {reason}"
        if log_tail:
            message += "\n  last log lines:\n" + "\n".join(f"    {line}" for line in log_tail.splitlines())
        if next_step:
            message += f"\n  next: {next_step}"
        super().__init__(message)


class ToolMissing(ChaosError):
    """A program that the suite needs is missing and could not be installed; the message says what to install."""


class WaitTimedOut(ChaosError):
    """A condition did not become true within its deadline; says what was seen last."""

    def __init__(self, condition: str, deadline_s: float, last_seen: object) -> None:
        self.condition = condition
        self.last_seen = last_seen
        super().__init__(f"waited {deadline_s:g} s for {condition}; last seen: {last_seen}")


def did_you_mean(name: object, allowed: Iterable[str]) -> str:
    """The end of an error message if an unknown name is close to an allowed one: "; did you mean 'kill'?"; else ""."""
    if not isinstance(name, str):
        return ""
    spelled = {each.casefold(): each for each in allowed}
    near = get_close_matches(name[:MOST_SHOWN].casefold(), spelled, n=1)
    return f"; did you mean {spelled[near[0]]!r}?" if near else ""


def unknown(kind: str, name: object, allowed: Iterable[str]) -> str:
    """The whole sentence, for an error without a separate field for what is allowed."""
    names = list(allowed)
    return f"unknown {kind} {repr(name)[:MOST_SHOWN]}{did_you_mean(name, names) or ';'} allowed: {', '.join(names)}"
