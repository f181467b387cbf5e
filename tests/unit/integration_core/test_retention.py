from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.unit.libs import load_lib

retention = load_lib("integration_core", "retention")
NOW = datetime(2026, 3, 2, 6)
KEY = b"k" * 32


def kept(*days, age_days=10, settled=True):
    return retention.Kept(days, settled, NOW - timedelta(days=age_days))


@pytest.mark.parametrize(
    ("message", "over"),
    [
        (kept(9), True),
        (kept(10), False),  # to the second: not longer than it says
        (kept(11), False),
        (kept(9, 11), False),
        (kept(9, 0), False),
        (kept(0), False),
        (kept(), False),
        (kept(9, settled=False), False),
    ],
)
def test_every_flow_must_have_kept_it_long_enough(message, over):
    assert retention.is_over(message, NOW) is over


def test_a_tombstone_is_genuine_only_with_its_key_and_unchanged():
    stone = retention.Tombstone("ledger", 7, "ab" * 32, "uuid", "2026-03-02T06:00:00Z")
    mac = retention.sign(KEY, stone)
    assert retention.is_genuine([b"x" * 32, KEY], stone, mac)
    assert not retention.is_genuine([b"x" * 32], stone, mac)
    assert not retention.is_genuine([], stone, mac)
    for name, value in {"row_id": 8, "digest": "cd" * 32, "name": ""}.items():
        assert not retention.is_genuine([KEY], replace(stone, **{name: value}), mac)
