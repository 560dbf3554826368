"""The start file of an endpoint replica: imports the app and serves it on a port shared with its siblings."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
from typing import Any

from chaos.machine.serving import HOST, serve


def load(app: str) -> Any:
    """The ASGI app that `module:attribute` names; ends the process with a sentence when there is none."""
    module_name, _, attribute = app.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        sys.exit(f"cannot import {module_name!r}: {error}")
    found = getattr(module, attribute or "app", None)
    if not callable(found):
        sys.exit(f"{module_name!r} has no ASGI app {attribute or 'app'!r}")
    return found


def main() -> None:
    """python -m chaos.backends.endpoint module:attribute --port N [--host ADDRESS]"""
    parser = argparse.ArgumentParser(prog="chaos.backends.endpoint")
    parser.add_argument("app", help="module:attribute")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default=HOST, help="in a container: 0.0.0.0")
    arguments = parser.parse_args()
    asyncio.run(serve([(load(arguments.app), arguments.port)], host=arguments.host))


if __name__ == "__main__":
    main()
