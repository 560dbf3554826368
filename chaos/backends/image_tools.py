"""Puts the pinned restate-server and toxiproxy-server into a folder from which images are built.

Started as `python -m chaos.backends.image_tools FOLDER`.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

from chaos.errors import BadInput, ChaosError
from chaos.machine.installers import platform_name
from chaos.machine.toolchain import RESTATE_SERVER, TOXIPROXY, ToolchainSettings, find_tools


def put_tools(folder: Path) -> None:
    """Copies both programs into `folder` under the names in the Dockerfile, unless they are already there.

    Raises BadInput when this machine's programs cannot run in a container, ToolMissing as find_tools does.
    """
    if not platform_name().startswith("linux"):
        raise BadInput(f"{platform_name()} programs do not run in containers", where="images", allowed="Linux")
    tools = asyncio.run(find_tools(ToolchainSettings(), lambda line: print(line, file=sys.stderr)))
    folder.mkdir(parents=True, exist_ok=True)
    for name, program in ((RESTATE_SERVER.name, tools.restate_server), (TOXIPROXY.name, tools.toxiproxy)):
        copy = folder / name
        if not copy.exists() or not _is_same(program, copy):
            shutil.copy2(program, copy)  # with its times, so that the build cache recognises the file


def _is_same(program: Path, copy: Path) -> bool:
    ours, theirs = program.stat(), copy.stat()
    return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)


def main() -> int:
    """The command; returns the exit code."""
    try:
        put_tools(Path(sys.argv[1]))
    except ChaosError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
