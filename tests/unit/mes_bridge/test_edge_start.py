"""What a power cut leaves of small files does not keep the agent from starting."""

import json
import os

import pytest

from tests.unit.libs import load_agent

folder = load_agent("folder")
durable = load_agent("durable")
signal_intake = load_agent("signal_intake")
intake_module = load_agent("intake")
errors = load_agent("errors")
Journal, Limits = load_agent("journal").Journal, load_agent("journal").Limits
Alarms, Clock = load_agent("alarms").Alarms, load_agent("clock").Clock
RULE = {"work_centre": "Press 4", "signal": "x", "kind": "state"}
TORN = [b"", b"[", b'[{"work_centre": "Pr', b"\x00" * 60, b"\xff\xfe", b"{}", b'[{"kind": 1}]']


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the filter, as a restart of the agent does."""
    journal = Journal(tmp_path, Limits(reserve_bytes=0, min_free_bytes=0))
    started = []

    def start():
        started.append(Alarms())
        intake = intake_module.Intake(journal, None, Clock(), started[-1], "/line")
        return signal_intake.SignalIntake(intake, tmp_path / "rules.json"), started[-1]

    yield start
    journal.close()


@pytest.mark.parametrize("torn", TORN)
def test_damaged_rules_are_an_alarm_and_those_of_before_hold(start, tmp_path, torn):
    signals, alarms = start()
    signals.set_rules([RULE])
    (tmp_path / "rules.json").write_bytes(torn)
    signals, alarms = start()
    assert "signal-rules" in alarms.as_dict()
    signals.take_sample("Press 4", "x", 1)
    assert signals.get_totals()["kept"] == 1
    signals.set_rules([{**RULE, "signal": "y"}])
    assert alarms.as_dict() == {}
    assert json.loads((tmp_path / "rules.json").read_text())[0]["signal"] == "y"


def test_rules_that_a_person_wrote_are_held_too(start, tmp_path):
    (tmp_path / "rules.json").write_text(json.dumps([RULE]))
    start()
    (tmp_path / "rules.json").write_text("")
    signals, _alarms = start()
    signals.take_sample("Press 4", "x", 1)
    assert signals.get_totals()["kept"] == 1


def test_rules_are_written_on_change_only_and_synced(start, tmp_path, monkeypatch):
    synced, fsync = [], os.fsync
    monkeypatch.setattr(durable.os, "fsync", lambda fd: (synced.append(fd), fsync(fd)))
    signals, _alarms = start()
    signals.set_rules([RULE])
    assert len(synced) == 2, "The file and its folder"
    inode = (tmp_path / "rules.json").stat().st_ino
    signals.set_rules([RULE])
    assert len(synced) == 2
    assert (tmp_path / "rules.json").stat().st_ino == inode


def test_grace_of_the_configuration_is_for_rules_that_name_none(start):
    signals, _alarms = start()
    signals._grace_seconds = 5
    signals.set_rules([RULE, RULE | {"signal": "y", "grace_seconds": 1}])
    graces = {key[1]: one.rule.grace_seconds for key, one in signals._filter._channels.items()}
    assert graces == {"x": 5, "y": 1}


@pytest.mark.parametrize("torn", [b"", b"abc", b"\x00" * 44, b"\xff" * 44])
@pytest.mark.parametrize("is_given", [False, True])
def test_damaged_token_is_replaced_and_an_alarm(tmp_path, torn, is_given):
    file, alarms = tmp_path / "token", Alarms()
    file.write_bytes(torn)
    if is_given and torn == b"abc":
        with pytest.raises(errors.AgentError, match="16 characters"):
            folder.read_token(file, alarms, is_given=True)
        return
    token = folder.read_token(file, alarms, is_given=is_given)
    assert "token" in alarms.as_dict()
    assert file.stat().st_mode & 0o077 == 0
    assert folder.read_token(file, Alarms(), is_given=is_given) == token


def test_token_is_made_once_and_kept(tmp_path):
    alarms = Alarms()
    token = folder.read_token(tmp_path / "token", alarms, is_given=False)
    assert folder.read_token(tmp_path / "token", alarms, is_given=False) == token
    assert alarms.as_dict() == {}
