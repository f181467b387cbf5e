"""Seals: what they cover, and that nothing else fits them."""

from dataclasses import replace

import pytest

from tests.unit.libs import load_lib

seal = load_lib("integration_core", "seal")

KEY = b"k" * 32
OTHER = b"o" * 32
RUN = seal.Run("log", 2, 11, 20, 10, "ab" * 32, "2026-03-02T06:15:00.000Z")
PREVIOUS = "cd" * 32


def judge(run, previous=PREVIOUS, *, keys=(KEY,), mac=None):
    mac = mac or seal.compute_mac(KEY, RUN, PREVIOUS)
    return seal.is_genuine(keys, seal.name_key(KEY), run, previous, mac)


def test_the_seal_fits_what_was_sealed_and_an_older_key_still_tells():
    assert judge(RUN) is True
    assert judge(RUN, keys=(OTHER, KEY)) is True


@pytest.mark.parametrize(
    "change",
    [
        {"ledger": "other"},
        {"number": 3},
        {"first_id": 10},
        {"last_id": 21},
        {"row_count": 9},
        {"digest": "ab" * 31 + "ac"},
        {"sealed_at": "2026-03-02T06:15:00.001Z"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_it_fits_nothing_else(change):
    assert judge(replace(RUN, **change)) is False


def test_it_fits_only_after_the_seal_before_it():
    assert judge(RUN, "ce" * 32) is False
    assert judge(RUN, "") is False


def test_another_key_makes_another_seal():
    assert judge(RUN, mac=seal.compute_mac(OTHER, RUN, PREVIOUS)) is False


def test_without_the_key_there_is_no_verdict():
    assert judge(RUN, keys=(OTHER,)) is None
    assert judge(RUN, keys=()) is None


def test_the_name_of_a_key_is_stable_and_no_part_of_it():
    assert seal.name_key(KEY) == seal.name_key(KEY) != seal.name_key(OTHER)
    assert KEY.hex() not in seal.name_key(KEY)


def test_keys_are_read_newest_first_and_short_ones_refused():
    assert seal.read_keys(f" {'n' * 32} , {'o' * 40},") == [b"n" * 32, b"o" * 40]
    assert seal.read_keys("") == []
    with pytest.raises(seal.SealKeyError):
        seal.read_keys("short")
