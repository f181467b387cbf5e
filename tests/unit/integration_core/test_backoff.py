from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

backoff = load_lib("integration_core", "backoff")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_schedule_is_followed_and_its_last_delay_repeats():
    delays = [
        backoff.delay_seconds((5, 30, 300), attempts, random=lambda: 0.5)
        for attempts in (1, 2, 3, 9)
    ]
    assert delays == [5, 30, 300, 300]


@given(st.floats(0, 0.999))
def test_jitter_stays_within_a_fifth(share):
    delay = backoff.delay_seconds((100,), 1, random=lambda: share)
    assert 80 <= delay <= 120


def test_retry_after_lengthens_but_never_shortens_and_is_capped():
    wait = {
        asked: backoff.delay_seconds(
            (10,), 1, random=lambda: 0.5, retry_after_seconds=asked
        )
        for asked in (1, 60, 10**9)
    }
    assert wait == {1: 10, 60: 60, 10**9: 86400}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Sun, 01 Mar 99999999999999999999 12:01:00 GMT", None),
        ("Sun, 01 Mar 2026 12:01:00 +99999999999999999999", None),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("9" * 500, 86400),
    ],
)
def test_retry_after_header(header, seconds):
    assert backoff.parse_retry_after(header, NOW) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_header_is_survived(header):
    wait = backoff.parse_retry_after(header, NOW)
    assert wait is None or wait >= 0


@pytest.mark.parametrize("text", ["", "0", "-1", "5, x", ","])
def test_malformed_schedule_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        backoff.parse_schedule(text)


def test_schedule_reads_commas_and_spaces():
    assert backoff.parse_schedule("5, 30 ,300") == (5, 30, 300)
