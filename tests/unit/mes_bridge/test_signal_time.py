"""Signals and time: foreign clocks, late samples, and the death of the agent between two."""

import json
from collections import Counter

import pytest

from tests.unit.mes_bridge.test_signal_filter import (
    AT,
    Channel,
    SignalFilter,
    feed,
    make,
)


def test_late_samples_never_open_a_told_window_again():
    channel = Channel(make(window_seconds=60))
    channel.take(AT + 50, 1)
    (told,) = channel.tick(AT + 60)
    assert channel.take(AT + 55, 9) == []
    assert channel.take(AT + 51, 9) == []
    assert channel.account.dropped == Counter(aggregated=1, after_window=2)
    assert [e.begin for e in channel.take(AT + 130, 1)] == []
    assert [e.begin - AT for e in channel.flush()] == [120]
    assert told.values["count"] == 1


def test_counter_loses_nothing_of_what_came_after_its_window():
    channel = Channel(make("counter", window_seconds=60))
    channel.take(AT + 50, 10)
    channel.tick(AT + 60)
    channel.take(AT + 55, 14)
    channel.take(AT + 70, 15)
    (count,) = channel.flush()
    assert (count.values["delta"], count.values["cumulative"]) == (5, 5)


@pytest.mark.parametrize("off", [-7200, -20, 0, 20, 7200])
def test_windows_and_holds_go_by_the_clock_that_stamps_the_samples(off):
    """The agent's clock reads ``off`` more than that of the source."""
    rule = make(window_seconds=60, high=100, hold_seconds=30)
    channel = Channel(rule)
    emissions = []
    for second in range(0, 50, 5):
        emissions += channel.take(AT + second, 150, AT + second + off)
        emissions += channel.tick(AT + second + off + 1)
    assert [e.kind for e in emissions] == ["threshold"]
    assert channel.tick(AT + 59 + off) == []
    (window,) = channel.tick(AT + 60 + off)
    assert (window.begin - AT, window.values["count"]) == (0, 10)


def test_state_is_told_soon_after_its_clock_was_set_back():
    """As that of a machine in local time does in autumn."""
    channel = Channel(make("state"))
    channel.take(AT, 1, 0)
    told = [e for n in range(1, 20) for e in channel.take(AT - 3600 + n, n > 3, n)]
    assert told == [], "It says what it said before"
    assert channel.account.dropped["unchanged"] >= 5
    later = channel.take(AT - 3600 + 20, 0, 20)
    assert [(e.begin - AT, e.values["after"]) for e in later] == [(-3580, 0)]


def test_backlog_is_no_clock_that_was_set_back():
    channel = Channel(make("state"))
    channel.take(AT, 1, 0)
    burst = [e for n in range(50) for e in channel.take(AT - 3600 + n, 0, 0.1)]
    assert burst == []
    for n in range(1, 50):
        assert channel.take(AT - 3600 + n, 0, n) == channel.take(AT + n, 1, n) == []
    assert channel.account.dropped["late"] == 99


def test_windows_stay_told_when_the_clock_is_set_back():
    channel = Channel(make("counter", window_seconds=60))
    told = []
    for now in range(400):
        at = now if now < 100 else now - 70
        told += channel.take(AT + at, now, now) + channel.tick(now)
    told += channel.flush()
    assert sum(e.values["delta"] for e in told) == 399
    assert all(a.end <= b.begin for a, b in zip(told, told[1:], strict=False))


def test_window_waits_for_late_samples_by_its_grace():
    channel = Channel(make(window_seconds=60, grace_seconds=10))
    assert [e for at in (50, 65, 59) for e in channel.take(AT + at, at)] == []
    (first,) = channel.take(AT + 70, 70)
    assert (first.values["count"], first.values["last"]) == (2, 59)
    channel.take(AT + 58, 1)
    assert channel.account.dropped["after_window"] == 1


def test_channel_goes_on_where_its_dump_left_off():
    rule = make("counter", window_seconds=60)
    samples = [(n * 7, n * 3 % 100) for n in range(60)]
    whole, account = feed(rule, samples)
    channel, emissions = Channel(rule), []
    for at, value in samples:
        channel = Channel.load(json.loads(json.dumps(channel.dump())))
        emissions += channel.take(AT + at, value)
    assert emissions + channel.flush() == whole
    assert channel.account == account


@pytest.mark.parametrize(
    "rule", [make(deadband=1, debounce_seconds=5), make(deadband=999, high=5, hold_seconds=4)]
)
def test_changes_and_thresholds_are_told_once_across_dumps(rule):
    samples = [(n, n // 10 % 2 * 10) for n in range(60)]
    whole, account = feed(rule, samples)
    channel, emissions = Channel(rule), []
    for at, value in samples:
        channel = Channel.load(json.loads(json.dumps(channel.dump())))
        emissions += channel.take(AT + at, value)
    assert emissions + channel.flush() == whole
    assert channel.account == account


def test_changed_rule_goes_on_counting_and_tells_no_moment_twice():
    signals = SignalFilter([make("counter", window_seconds=60)])
    emissions = []
    for second in range(0, 200, 5):
        if second == 100:
            emissions += signals.set_rules([make("counter", window_seconds=40)])
        emissions += signals.take("Press 4", "x", AT + second, second)
    emissions += signals.flush()
    assert sum(e.values["delta"] for e in emissions) == 195
    assert emissions[-1].values["cumulative"] == 195
    for before, after in zip(emissions, emissions[1:], strict=False):
        assert before.end <= after.begin


def test_rules_that_changed_while_the_agent_was_away():
    first = SignalFilter([make("counter", window_seconds=60)])
    for second in range(10):
        first.take("Press 4", "x", AT + second, second)
    (state,) = first.dump_changed().values()
    assert first.dump_changed() == {}
    same = SignalFilter([make("counter", window_seconds=60)])
    assert same.load(state) == []
    other = SignalFilter([make("counter", window_seconds=30)])
    assert [e.values["delta"] for e in other.load(state)] == [9]
    gone = SignalFilter([])
    assert [e.values["delta"] for e in gone.load(state)] == [9]
    assert gone.dump_changed() == {("Press 4", "x"): None}
