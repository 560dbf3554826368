"""Writes a record: each kind of evidence to its file, bounded in size, without secrets, record.json last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path

import httpx

from chaos.evidence.record import Meta, Source, SourceName
from chaos.evidence.redaction import MARK, Redactor
from chaos.model import Frozen

MAX_SOURCE_BYTES = 256 * 1024 * 1024
MAX_LOG_BYTES = 2 * 1024 * 1024
MAX_HELD = 1_000
UNREADABLE = (httpx.HTTPError, ValueError, LookupError)  # the source does not answer, or answers in an unknown form


class Recorder:
    """Fills one record folder. A source that fails half-way is kept, marked partial, with the reason."""

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._redactor = redactor
        self.sources: dict[SourceName, Source] = {}

    def write_json(self, name: str, value: Frozen) -> None:
        """One whole document, such as plan.json or decisions.json."""
        self._write(self.folder / name, value.model_dump_json(indent=1).encode() + b"\n")

    def write_source(self, name: SourceName, rows: Iterable[Frozen], incomplete: str = "") -> None:
        """Writes one kind of evidence, one row per line. `incomplete` says why some rows are missing."""
        with _SourceFile(self.folder / f"{name}.jsonl", self._redactor) as file:
            for row in rows:
                if not file.add(row):
                    break
        self.sources[name] = file.source(incomplete)

    async def write_stream(self, name: SourceName, rows: AsyncIterator[Frozen], incomplete: str = "") -> None:
        """The same from a stream, one row in memory at a time; a stream that breaks leaves the source partial."""
        with _SourceFile(self.folder / f"{name}.jsonl", self._redactor) as file:
            try:
                async for row in rows:
                    if not file.add(row):
                        break
            except UNREADABLE as error:
                incomplete = f"reading broke off: {error!r}"
        self.sources[name] = file.source(incomplete)

    def mark_missing(self, name: SourceName, reason: str) -> None:
        """Records that a kind of evidence could not be collected at all."""
        self.sources[name] = Source(state="missing", reason=reason)

    def copy_logs(self, logs: Mapping[str, Path]) -> None:
        """Each process's log, without secrets; of a long log, the end and any earlier lines that held a secret."""
        folder = self.folder / "logs"
        folder.mkdir(exist_ok=True)
        for name, path in logs.items():
            if path.is_file():
                log = self._redactor.redact(path.read_bytes())
                end = log.find(b"\n", len(log) - MAX_LOG_BYTES - 1) + 1 if len(log) > MAX_LOG_BYTES else 0
                held = [line for line in log[:end].splitlines(keepends=True) if MARK.search(line)]
                (folder / f"{name}.log").write_bytes(b"".join(held[:MAX_HELD]) + log[end:])

    def finish(self, meta: Meta) -> None:
        """Writes record.json: from now on the folder is a record."""
        self.write_json("record.json", meta.model_copy(update={"sources": self.sources}))

    def _write(self, path: Path, data: bytes) -> None:
        path.write_bytes(self._redactor.redact(data))


class _SourceFile:
    """One evidence file being written, up to its bound."""

    def __init__(self, path: Path, redactor: Redactor) -> None:
        self._path = path
        self._redactor = redactor
        self._rows = 0
        self._bytes = 0
        self._full = False

    def __enter__(self) -> _SourceFile:
        self._file = self._path.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, row: Frozen) -> bool:
        """Writes a row; False when there is no room for it."""
        line = self._redactor.redact(row.model_dump_json(exclude_none=True).encode()) + b"\n"
        self._full = self._bytes + len(line) > MAX_SOURCE_BYTES
        if not self._full:
            self._file.write(line)
            self._rows += 1
            self._bytes += len(line)
        return not self._full

    def source(self, incomplete: str) -> Source:
        reason = f"larger than {MAX_SOURCE_BYTES} bytes" if self._full else incomplete
        return Source(state="partial" if reason else "complete", rows=self._rows, reason=reason)
