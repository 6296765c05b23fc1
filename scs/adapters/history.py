"""The history in SQLite: each run, each try of an action, what was asked for. Opening the file is `history_file`'s."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from scs.adapters import codec, processes
from scs.contract import masking
from scs.contract.history import Run, Step
from scs.contract.journal import Ending, Intent, RunNumber, StepNumber, Trouble, Who
from scs.manifest import static
from scs.model.desired import Desired
from scs.model.identity import Digest, Identity, digest
from scs.model.outcome import Done, Outcome
from scs.model.plan import Action, ActionId, Target
from scs.model.steps import Change

SLACK = 2.0
"""The engine rounds the time of a creation to seconds."""
MAKES = "CreateContainer"
"""The operation that makes a container, as steps keep it."""

SCHEMA = """
CREATE TABLE wish (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (
    number INTEGER PRIMARY KEY AUTOINCREMENT, began REAL NOT NULL, ended REAL, process TEXT NOT NULL,
    login TEXT NOT NULL, user TEXT NOT NULL, host TEXT NOT NULL, command TEXT NOT NULL, note TEXT NOT NULL,
    environment TEXT NOT NULL, service TEXT NOT NULL, digest TEXT NOT NULL, wish TEXT NOT NULL REFERENCES wish (id),
    destroy INTEGER NOT NULL, only_roles TEXT NOT NULL, ending TEXT, summary TEXT NOT NULL DEFAULT ''
);
CREATE TABLE step (
    number INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run (number),
    began REAL NOT NULL, ended REAL, action TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    operation TEXT NOT NULL, change TEXT NOT NULL, says TEXT NOT NULL, cause TEXT NOT NULL, downtime TEXT NOT NULL,
    data_at_risk INTEGER NOT NULL, outcome TEXT, seconds REAL NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX step_of_run ON step (run);
CREATE INDEX step_of_target ON step (name, operation);
"""
VERSION = 1
"""The version of the tables, in the file's `user_version`."""


class SqliteHistory:
    """Implements contract.journal.Journal and contract.history.History; `where` names the connection's file."""

    def __init__(self, connection: sqlite3.Connection, where: str) -> None:
        self._connection = connection
        self._where = where

    def begin(self, intent: Intent) -> RunNumber:
        try:
            body = codec.encode(intent.desired)
        except codec.Unwritable as error:
            raise Trouble(f"what is asked for cannot be kept in the history {self._where}: {error}") from error
        key = hashlib.sha256(body.encode()).hexdigest()
        identity = intent.desired.identity
        row = {
            "began": time.time(),
            "process": processes.mark(),
            **asdict(intent.who),
            "command": intent.command,
            "note": intent.note,
            "environment": identity.environment,
            "service": identity.service,
            "digest": digest(static.static(intent.desired)),
            "wish": key,
            "destroy": intent.goals.destroy,
            "only_roles": " ".join(sorted(intent.goals.only)),
        }
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO wish VALUES (?, ?)", (key, body))
            return RunNumber(_insert(connection, "run", row))

    def started(self, run: RunNumber, action: Action) -> StepNumber:
        with self._writing() as connection:
            return StepNumber(_insert(connection, "step", _row(run, action)))

    def ended(self, run: RunNumber, step: StepNumber | None, outcome: Outcome) -> None:
        word = type(outcome).__name__.lower()
        seconds, why = (outcome.seconds, "") if isinstance(outcome, Done) else (0.0, outcome.why)
        with self._writing() as connection:
            number = step or _insert(connection, "step", _row(run, outcome.action))
            connection.execute(
                "UPDATE step SET ended = ?, outcome = ?, seconds = ?, why = ? WHERE number = ?",
                (time.time(), word, seconds, _foreign(why), number),
            )

    def finish(self, run: RunNumber, ending: Ending, summary: str) -> None:
        with self._writing() as connection:
            connection.execute(
                "UPDATE run SET ended = ?, ending = ?, summary = ? WHERE number = ?",
                (time.time(), ending.value, _foreign(summary), run),
            )

    def unfinished(self) -> Sequence[tuple[RunNumber, str]]:
        with self._writing() as connection:
            found = [one for one in _runs(connection, "WHERE ending IS NULL", ()) if one.ending is Ending.UNFINISHED]
            for one in found:
                connection.execute("UPDATE run SET ending = 'unfinished' WHERE number = ?", (one.number,))
        return [(one.number, one.command) for one in found]

    def runs(self, identity: Identity | None = None, limit: int | None = None) -> Sequence[Run]:
        where, values = ("", ()) if identity is None else ("WHERE environment = ? AND service = ?", _pair(identity))
        with self._reading() as connection:
            return list(_runs(connection, f"{where} ORDER BY number DESC LIMIT ?", (*values, limit or -1)))

    def run(self, number: int) -> Run | None:
        with self._reading() as connection:
            return next(_runs(connection, "WHERE number = ?", (number,)), None)

    def steps(self, number: RunNumber) -> Sequence[Step]:
        with self._reading() as connection:
            return list(_steps(connection, "WHERE run = ? ORDER BY number", (number,)))

    def making(self, container: str, created: float) -> Step | None:
        where = (
            f"WHERE name = ? AND operation = '{MAKES}' AND outcome IS NOT 'failed' AND outcome IS NOT 'skipped' "
            "AND began <= ? AND (ended IS NULL OR ended >= ?) ORDER BY number DESC LIMIT 1"
        )
        with self._reading() as connection:
            return next(_steps(connection, where, (container, created + SLACK, created - SLACK)), None)

    def desired(self, number: RunNumber) -> Desired:
        with self._reading() as connection:
            row = connection.execute(
                "SELECT body FROM wish JOIN run ON wish.id = run.wish WHERE number = ?", (number,)
            ).fetchone()
        try:
            return codec.decode(row["body"] if row else "", Desired)
        except codec.Unreadable as error:
            raise Trouble(f"what run {number} asked for cannot be read back: {error}") from error

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk at its end."""
        with self._reading() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection
        except sqlite3.Error as error:
            raise Trouble(f"the history {self._where} cannot be used ({error})") from error


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> int:
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    values = {name: _text(value) if isinstance(value, str) else value for name, value in row.items()}
    return int(connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values).lastrowid or 0)


def _row(run: RunNumber, action: Action) -> dict[str, Any]:
    return {
        "run": run,
        "began": time.time(),
        "action": action.id,
        "kind": action.target.kind,
        "name": action.target.name,
        "operation": type(action.operation).__name__,
        "change": action.change.value,
        "says": action.says,
        "cause": action.cause,
        "downtime": action.downtime,
        "data_at_risk": action.data_at_risk,
    }


def _runs(connection: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> Iterator[Run]:
    for row in connection.execute(f"SELECT * FROM run {where}", values):
        yield Run(
            number=row["number"],
            began=row["began"],
            ended=row["ended"],
            who=Who(login=row["login"], user=row["user"], host=row["host"]),
            command=row["command"],
            note=row["note"],
            identity=Identity(environment=row["environment"], service=row["service"]),
            digest=Digest(row["digest"]),
            destroy=bool(row["destroy"]),
            only=tuple(row["only_roles"].split()),
            ending=_ending(row["ending"], row["process"]),
            summary=row["summary"],
        )


def _steps(connection: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> Iterator[Step]:
    for row in connection.execute(f"SELECT * FROM step {where}", values):
        yield Step(
            run=row["run"],
            began=row["began"],
            ended=row["ended"],
            action=ActionId(row["action"]),
            target=Target(kind=row["kind"], name=row["name"]),
            operation=row["operation"],
            change=Change(row["change"]),
            says=row["says"],
            cause=row["cause"],
            downtime=row["downtime"],
            data_at_risk=bool(row["data_at_risk"]),
            outcome=row["outcome"],
            seconds=row["seconds"],
            why=row["why"],
        )


def _ending(word: str | None, process: str) -> Ending:
    if word is not None:
        return Ending(word)
    return Ending.RUNNING if processes.lives(process) else Ending.UNFINISHED


def _pair(identity: Identity) -> tuple[str, str]:
    return identity.environment, identity.service


def _foreign(text: str) -> str:
    """What may repeat words of commands and engines, and these may have said a secret."""
    return _text(masking.MASK.masked(text))


def _text(text: str) -> str:
    """What UTF-8 can hold: names of files may hold other bytes."""
    return text.encode(errors="backslashreplace").decode()
