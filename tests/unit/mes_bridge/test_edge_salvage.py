"""What is saved of a journal whose pages were overwritten, wherever that was."""

import json
import os
import random
import sqlite3
from contextlib import closing

import pytest

from tests.unit.libs import load_agent

journal_module = load_agent("journal")
events_module = load_agent("events")
quarantine = load_agent("quarantine")
salvage = load_agent("salvage").salvage
Clock = load_agent("clock").Clock
LIMITS = journal_module.Limits(reserve_bytes=0, min_free_bytes=0)
EVENTS = 300
DELIVERED = 50
ASIDE = 5


def make(number):
    """Return an event; its sender gives the time of every second one."""
    given = {"time": "2026-03-02T06:00:00Z"} if number % 2 else {}
    value = {
        "id": f"e-{number}",
        "type": "t.t",
        "subject": f"MES/{number % 7}",
        **given,
    }
    return events_module.prepare(value | {"data": "x" * 300}, Clock(), "/line")


@pytest.fixture
def events(tmp_path):
    """A journal of which some was delivered and some refused; it is closed."""
    journal = journal_module.Journal(tmp_path, LIMITS)
    events = [make(number) for number in range(EVENTS)]
    journal.append(events)
    stored = journal.fetch(DELIVERED + ASIDE, 10**9)
    journal.settle([(one, f"m-{one.position}") for one in stored[:DELIVERED]])
    journal.set_aside([(one, '{"status": 422}') for one in stored[DELIVERED:]])
    journal.waiting = {one.key: one.body for one in journal.fetch(EVENTS, 10**9)}
    journal.close()
    return events, journal.waiting


def damage(folder, seed):
    """Overwrite some of the file: pages here and there, or a few bytes, or its end."""
    rng = random.Random(seed)
    file = folder / "journal.db"
    size = file.stat().st_size
    with file.open("r+b") as handle:
        for length in rng.choice([[1], [30], [4096], [8192], [4096] * 8]):
            handle.seek(rng.randrange(4096, size))
            handle.write(rng.randbytes(length))
        if rng.random() < 0.2:
            handle.truncate(size - rng.randrange(1, 20_000))


@pytest.mark.parametrize("seed", range(40))
def test_what_is_carried_over_is_what_was_taken_in(tmp_path, events, seed):
    taken, waiting = events
    damage(tmp_path, seed)
    said = salvage(tmp_path, LIMITS)
    with closing(journal_module.Journal(tmp_path, LIMITS)) as journal:
        carried = {one.key: one.body for one in journal.fetch(EVENTS, 10**9)}
        assert carried.items() <= waiting.items()
        assert said.startswith(f"{len(carried)} messages and {journal.quarantined} in")
        # Every sender sends everything again: what was lost is taken in, nothing twice.
        results = journal.append([make(number) for number in range(EVENTS)])
        again = [one.key for one in journal.fetch(2 * EVENTS, 10**9)]
        assert len(again) == len(set(again))
        lost = [
            key
            for file in tmp_path.glob("damaged-*.lost")
            for key in map(json.loads, file.read_text().splitlines())
        ]
        assert set(lost) <= set(again)
        aside = {key for (key,) in journal.query("SELECT key FROM quarantine")}
        refused = {
            event.key
            for event, result in zip(taken, results, strict=True)
            if not isinstance(result, journal_module.Accepted)
        }
        known = {
            key for (key,) in journal.query("SELECT key FROM known WHERE state <> ''")
        }
        assert {event.key for event in taken} <= {*again, *aside, *known, *refused}


def test_a_row_of_which_a_value_is_gone_stays_behind(tmp_path, events):
    _taken, waiting = events
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.executescript(
            "PRAGMA writable_schema = ON;"
            "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '');"
        )
    positions = [100, 101, 102, 103]
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.executemany(
            "UPDATE message SET shard = NULL WHERE position = ?", [(positions[0],)]
        )
        connection.execute("UPDATE message SET body = NULL WHERE position = 101")
        connection.execute("UPDATE message SET key = 'other' WHERE position = 102")
        connection.execute(
            "UPDATE message SET body = CAST(replace(CAST(body AS TEXT), 'xxx', 'xyx')"
            " AS BLOB) WHERE position = 103"
        )
        connection.execute("DELETE FROM known WHERE position = 104")
        connection.commit()
    said = salvage(tmp_path, LIMITS)
    assert "3 messages cannot be read" in said
    with closing(journal_module.Journal(tmp_path, LIMITS)) as journal:
        stored = {one.position: one for one in journal.fetch(EVENTS, 10**9)}
        assert len(stored) == len(waiting) - 3
        assert stored[100].body == waiting[stored[100].key]
        # Its memory was lost, not the message: sent again, it is a repetition.
        number = int(stored[104].key.partition("e-")[2])
        (result,) = journal.append([make(number)])
        assert result.replayed == bool(number % 2)


def test_a_file_that_is_no_journal_is_kept_aside(tmp_path):
    (tmp_path / "journal.db").write_bytes(os.urandom(20_000))
    assert salvage(tmp_path, LIMITS).startswith("0 messages and 0 in quarantine")
    assert [*tmp_path.glob("damaged-*.db")]
