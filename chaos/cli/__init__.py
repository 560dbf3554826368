"""The `chaos` command. What needs little of the engine is done at once; for all else `commands.py` is imported."""

from __future__ import annotations

import sys
import traceback

from chaos.errors import ChaosError
from chaos.outcome import Outcome


def main() -> None:
    """The console script: an error of the user is one message and exit code 2; one of ours has proven nothing: 3."""
    try:
        if sys.argv[1:2] == ["linearizable"]:
            _judge_plainly(sys.argv[2:])
        from chaos.cli.commands import app
        from chaos.reporting.legible import speak_plainly

        speak_plainly()
        app()
    except ChaosError as error:
        from chaos.reporting.legible import legible

        print(legible(str(error)), file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception:  # noqa: BLE001 - a traceback's own exit code is 1, which would say INVALID
        traceback.print_exc()
        sys.exit(Outcome.UNKNOWN.exit_code)


def _judge_plainly(arguments: list[str]) -> None:
    """`chaos linearizable` without its options, in a tenth of the time; returns when there are some."""
    from chaos.linearizability.command import linearizable, plainly

    said = plainly(arguments)
    if said is not None:
        sys.exit(linearizable(*said, print))
