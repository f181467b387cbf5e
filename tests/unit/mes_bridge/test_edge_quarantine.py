"""What a person decides about refused messages: one by one, and all at once."""

import json

import pytest

from tests.unit.libs import load_agent

journal_module = load_agent("journal")
events_module = load_agent("events")
quarantine = load_agent("quarantine")
errors = load_agent("errors")
Clock = load_agent("clock").Clock
SCOPE, OTHER = "urn:problem:scope-missing", "urn:problem:invalid-payload"


@pytest.fixture
def journal(tmp_path):
    limits = journal_module.Limits(reserve_bytes=0, min_free_bytes=0)
    journal = journal_module.Journal(tmp_path, limits)
    yield journal
    journal.close()


def fill(journal, count):
    """Take events in and set them aside, every fifth for another reason."""
    events = [
        {"id": f"e-{n}", "type": "t.t", "subject": f"K{n % 3}", "data": n} for n in range(count)
    ]
    journal.append([events_module.prepare(event, Clock(), "/line") for event in events])
    stored = journal.fetch(count, 10**9)
    journal.set_aside(
        [
            (one, json.dumps({"status": 403, "type": OTHER if n % 5 == 0 else SCOPE}))
            for n, one in enumerate(stored)
        ]
    )
    return stored


def test_all_of_one_problem_are_sent_again_as_they_were(journal, monkeypatch):
    monkeypatch.setattr(quarantine, "STEP", 7)
    stored = fill(journal, 50)
    assert quarantine.count_problems(journal) == {SCOPE: 40, OTHER: 10}
    assert quarantine.send_all(journal, SCOPE) == 40
    assert journal.fetch(100, 10**9) == [one for n, one in enumerate(stored) if n % 5]
    assert (journal.messages, journal.quarantined) == (40, 10)
    assert journal.bytes == sum(len(one.body) for n, one in enumerate(stored) if n % 5)
    assert quarantine.send_all(journal) == 10
    assert journal.fetch(100, 10**9) == stored
    assert quarantine.send_all(journal) == 0


def test_what_was_decided_or_never_was_an_event_stays(journal):
    first, *_others = fill(journal, 3)
    quarantine.discard(journal, first.position, "Counted by hand")
    refusal = errors.Refusal(400, "malformed-json", "It is not JSON.")
    quarantine.keep_unreadable(journal, "plant/1", b"{", refusal)
    assert quarantine.send_all(journal) == 2
    (kept,) = quarantine.read_quarantine(journal)
    assert journal.quarantined == 1
    with pytest.raises(errors.Refusal, match="Discard it"):
        quarantine.send_again(journal, kept["position"])
    for position in (first.position, 999):
        with pytest.raises(errors.Refusal) as refused:
            quarantine.send_again(journal, position)
        assert refused.value.status == 404
