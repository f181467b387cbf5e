"""The journal of the edge agent, on a real disk."""

import threading

import pytest

from tests.unit.libs import load_agent

journal_module = load_agent("journal")
events_module = load_agent("events")
clock_module = load_agent("clock")
errors = load_agent("errors")
housekeeping = load_agent("housekeeping")

Journal, Limits = journal_module.Journal, journal_module.Limits
NO_RESERVE = {"reserve_bytes": 0, "min_free_bytes": 0}
NOW = 1_772_430_000.0


def make(number, key="MES/1", **attributes):
    value = {"id": f"e-{number}", "type": "t.t", "subject": key, "data": number}
    return events_module.prepare(value | attributes, clock_module.Clock(), "/line")


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path, Limits(**NO_RESERVE), lambda: NOW)
    yield journal
    journal.close()


def fetch_all(journal):
    return journal.fetch(10_000, 10**9)


def test_commits_are_synced(journal):
    assert journal._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert journal._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_each_key_is_counted_by_itself_and_survives_a_restart(journal, tmp_path):
    journal.append([make(1, "A"), make(2, "B"), make(3, "A")])
    journal.settle([(stored, "uuid") for stored in fetch_all(journal)])
    journal.close()
    again = Journal(tmp_path, Limits(**NO_RESERVE), lambda: NOW + 5)
    results = again.append([make(4, "A"), make(5, "C")])
    assert [result.sequence for result in results] == [3, 1]
    assert b'"sequence":"3","epoch":"1772430000000"' in fetch_all(again)[0].body
    again.close()
    journal._open()


def test_repetition_is_recognised_also_after_delivery(journal):
    (first,) = journal.append([make(1)])
    journal.settle([(stored, "uuid-1") for stored in fetch_all(journal)])
    (again,) = journal.append([make(1)])
    assert (again.position, again.replayed) == (first.position, True)
    (other,) = journal.append([make(1, data="changed")])
    assert (other.status, other.slug) == (422, "id-reused")
    assert fetch_all(journal) == []
    assert journal.find("/line\ne-1")["message"] == "uuid-1"


def test_repetition_within_one_batch_counts_once(journal):
    first, second = journal.append([make(1), make(1)])
    assert (first.position, second.replayed) == (second.position, True)
    assert journal.messages == 1


def test_parts_share_no_key(journal):
    journal.append([make(number, f"K{number % 9}") for number in range(90)])
    parts = [journal.fetch(100, 10**9, share=(i, 3)) for i in range(3)]
    keys = [{stored.order_key for stored in part} for part in parts]
    assert sum(len(part) for part in parts) == 90
    assert len(set.union(*keys)) == sum(len(one) for one in keys) == 9


def test_skipped_keys_are_passed_over(journal):
    journal.append([make(number, "AB"[number % 2]) for number in range(10)])
    found = journal.fetch(3, 10**9, skip=["A"])
    assert [stored.key for stored in found] == ["/line\ne-1", "/line\ne-3", "/line\ne-5"]


def test_batch_is_bounded_by_bytes_and_never_empty(journal):
    journal.append([make(number, data="x" * 1000) for number in range(5)])
    assert len(journal.fetch(100, 2500)) == 2
    assert len(journal.fetch(100, 1)) == 1


def test_many_threads_share_commits_and_keep_their_order(journal):
    def work(name):
        for number in range(50):
            journal.append([make(f"{name}-{number}", name)])

    threads = [threading.Thread(target=work, args=(f"T{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = fetch_all(journal)
    assert journal.messages == len(stored) == 400
    for n in range(8):
        own = [one.key for one in stored if one.order_key == f"T{n}"]
        assert own == [f"/line\ne-T{n}-{number}" for number in range(50)]


def test_beyond_its_limit_it_refuses_everything_of_a_request(tmp_path):
    journal = Journal(tmp_path, Limits(max_messages=2, **NO_RESERVE))
    journal.append([make(1), make(2)])
    with pytest.raises(errors.Refusal) as refused:
        journal.append([make(3)])
    assert (refused.value.status, refused.value.retry_after_seconds) == (507, 30)
    journal.settle([(fetch_all(journal)[0], "uuid")])
    journal.append([make(3)])
    journal.close()


def test_epoch_grows_even_when_the_clock_went_back(tmp_path):
    journal = Journal(tmp_path, Limits(**NO_RESERVE), lambda: NOW)
    before = int(journal.epoch)
    journal._wall = lambda: NOW - 86400
    journal.raise_epoch(recount=True)
    assert int(journal.epoch) == before + 1
    journal.close()


def test_what_is_forgotten_begins_a_later_epoch(tmp_path):
    limits = Limits(max_streams=10, max_known=10, **NO_RESERVE)
    journal = Journal(tmp_path, limits, lambda: NOW)
    journal.append([make(number, f"K{number}") for number in range(20)])
    first = fetch_all(journal)[0]
    journal.settle([(stored, "uuid") for stored in fetch_all(journal)])
    assert housekeeping.forget(journal) == 20
    journal.append([make(100, "K0"), make(101, "K19")])
    returned, stayed = fetch_all(journal)
    assert b'"sequence":"1"' in returned.body
    assert returned.body.split(b'"epoch"')[1] > first.body.split(b'"epoch"')[1]
    assert b'"sequence":"2"' in stayed.body
    assert journal.append([make(19, "K19")])[0].replayed
    journal.close()


def test_what_is_pending_is_not_forgotten(tmp_path):
    limits = Limits(max_streams=1, max_known=1, **NO_RESERVE)
    journal = Journal(tmp_path, limits, lambda: NOW)
    journal.append([make(number, f"K{number}") for number in range(20)])
    assert housekeeping.forget(journal) == 0
    journal.close()
