"""Where the platform keeps what must survive: in memory, or in a SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from ._decode import decode

Table = MutableMapping[str, Any]


class Store(Protocol):
    """Named tables of values under text keys."""

    def table(self, name: str, kind: object) -> Table:
        """Give a table whose values are of one type: a dataclass or what JSON knows."""
        ...

    def transaction(self) -> AbstractContextManager[object]:
        """Keep all changes of a block, or none."""
        ...


class MemoryStore:
    """Keeps everything as long as the process lives."""

    def table(self, name: str, kind: object) -> Table:
        """Give a new, empty table."""
        return {}

    def transaction(self) -> AbstractContextManager[object]:
        """Do nothing: memory can't be half written."""
        return nullcontext()


class SQLiteStore:
    """Keeps everything in a file, one row for each value, as JSON that a person can read."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)  # the keys of rotated certificates are in it
        # The platform's own lock lets in one thread at a time.
        self._connection = sqlite3.connect(path, check_same_thread=False)
        try:
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS sandbox"
                " (kind TEXT, name TEXT, value TEXT, PRIMARY KEY (kind, name))"
            )
        except sqlite3.DatabaseError as error:
            self.close()
            raise ValueError(f"{path} is no state file of the sandbox: {error}") from error

    def table(self, name: str, kind: object) -> Table:
        """Give a table with what the file already has of it."""
        return _Rows(self._connection, name, kind)

    def transaction(self) -> AbstractContextManager[object]:
        """Commit at the end of the block."""
        return self._connection

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class _Rows(Table):
    """Reads from memory, writes to both: the file is read once."""

    def __init__(self, connection: sqlite3.Connection, name: str, kind: object) -> None:
        self._connection = connection
        self._name = name
        rows = connection.execute(
            "SELECT name, value FROM sandbox WHERE kind = ? ORDER BY rowid", (name,)
        )
        self._values = {
            key: decode(kind, json.loads(text), f"{name} {key}")
            for key, text in cast("Iterator[tuple[str, str]]", rows)
        }

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401  # of the table's type
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401
        data = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        # Not REPLACE, which would move the row to the end: the order is that of arrival.
        self._connection.execute(
            "INSERT INTO sandbox VALUES (?, ?, ?)"
            " ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value",
            (self._name, key, json.dumps(data, ensure_ascii=False)),
        )
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._connection.execute(
            "DELETE FROM sandbox WHERE kind = ? AND name = ?", (self._name, key)
        )

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._values))

    def __len__(self) -> int:
        return len(self._values)
