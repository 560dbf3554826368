"""Logging: every line carries the invocation it was written for."""

from __future__ import annotations

import logging
from contextvars import ContextVar

from restate import RestateLoggingFilter

invocation_id: ContextVar[str] = ContextVar("invocation_id", default="-")


class _WithInvocation(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.invocation_id = invocation_id.get()
        return True


def logger(name: str) -> logging.Logger:
    """The logger of a module with handlers: silent while a journal is replayed, since what it says was said before."""
    log = logging.getLogger(name)
    log.addFilter(RestateLoggingFilter())
    return log


def configure() -> None:
    """Sends every log line of the process to stderr as `time level invocation logger: message`."""
    handler = logging.StreamHandler()
    handler.addFilter(_WithInvocation())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(invocation_id)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every URL, and those carry order ids
