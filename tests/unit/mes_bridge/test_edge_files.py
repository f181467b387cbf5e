"""Files as a way in: half written, grown, unreadable; each event counts once."""

import json

import pytest

from tests.unit.libs import load_agent

intake_module = load_agent("intake")
folder_module = load_agent("intake_folder")
events_file = load_agent("events_file")
errors = load_agent("errors")
Journal, Limits = load_agent("journal").Journal, load_agent("journal").Limits
Alarms = load_agent("alarms").Alarms
Clock = load_agent("clock").Clock
NOW = 1_772_430_000.0


class Plant:
    """A folder, an agent's intake behind it, and a clock turned by hand."""

    def __init__(self, path):
        self.path, self.seconds = path, 0.0
        limits = Limits(reserve_bytes=0, min_free_bytes=0)
        self.journal = Journal(path, limits, lambda: NOW)
        clock = Clock(lambda: NOW + self.seconds, lambda: self.seconds)
        self.alarms = Alarms()
        intake = intake_module.Intake(self.journal, None, clock, self.alarms, "/line")
        self.intake = intake
        self.restart()

    def restart(self):
        self.files = folder_module.FolderIntake(self.path / "in", self.intake)

    def write(self, name, *numbers, end="\n", mode="a"):
        with (self.path / "in" / name).open(mode) as file:
            file.write("\n".join(json.dumps(make(n)) for n in numbers) + end)

    def look(self, times=2, seconds=1.0):
        for _ in range(times):
            self.seconds += seconds
            self.files.scan()

    def taken(self):
        stored = self.journal.fetch(10_000, 10**9)
        return [json.loads(one.body)["data"] for one in stored]


def make(number):
    return {"type": "t.t", "subject": "MES/1", "data": number}


@pytest.fixture
def plant(tmp_path):
    plant = Plant(tmp_path)
    yield plant
    plant.journal.close()


def test_file_that_grows_between_looks_is_left_alone(plant):
    for number in range(4):
        plant.write("a.ndjson", number)
        plant.look(1)
        assert plant.taken() == []
    plant.look()
    assert plant.taken() == [0, 1, 2, 3]


def test_what_is_appended_after_a_pause_is_taken_and_nothing_twice(plant):
    (plant.path / "in/a.ndjson").touch()
    with (plant.path / "in/a.ndjson").open("a") as writer:
        for number in range(3):
            writer.write(json.dumps(make(number)) + "\n")
            writer.flush()
            plant.look(5)
            if number == 1:
                plant.restart()
    assert plant.taken() == [0, 1, 2]
    assert [file.name for file in (plant.path / "in/done").iterdir()] == ["a.ndjson"]


def test_grown_file_that_is_read_again_doubles_nothing(plant):
    plant.write("a.ndjson", 1, 2)
    plant.look()
    plant.write("a.ndjson", 1, 2, 3)
    plant.look()
    assert plant.taken() == [1, 2, 3]


def test_files_that_begin_alike_both_count(plant):
    plant.write("a.ndjson", 1, 2)
    plant.write("b.ndjson", 1, 3)
    plant.look()
    assert sorted(plant.taken()) == [1, 1, 2, 3]


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
def test_half_of_a_file_is_waited_for_then_told_and_mended_by_its_end(plant, name):
    text = json.dumps(make("whole"))
    file = plant.path / "in" / name
    file.write_text(text[:20])
    plant.look(4)
    assert file.exists()
    plant.look(4)
    assert "files-failed" in plant.alarms.as_dict()
    assert plant.files.get_counts()["failed"] == 1
    with (plant.path / "in/failed" / name).open("a") as writer:
        writer.write(text[20:])
    plant.look(3)
    assert plant.taken() == ["whole"]
    assert plant.alarms.as_dict() == {}
    assert list((plant.path / "in/failed").iterdir()) == []


def test_good_lines_of_a_bad_file_are_taken(plant):
    plant.write("a.ndjson", 1)
    (plant.path / "in/a.ndjson").open("a").write('{"type": }\n')
    plant.write("a.ndjson", 2)
    plant.look()
    assert plant.taken() == [1, 2]
    (problem,) = json.loads((plant.path / "in/failed/a.ndjson.problem").read_text())
    assert (problem["event"], problem["type"]) == (1, "urn:problem:malformed-json")


def test_unreadable_file_is_an_alarm_and_keeps_no_other_waiting(plant, monkeypatch):
    read = folder_module._read

    def refuse(path, name):
        if path.name == "a.json":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, name)

    monkeypatch.setattr(folder_module, "_read", refuse)
    plant.write("a.json", 1)
    plant.write("b.json", 2)
    plant.look()
    assert plant.taken() == [2]
    assert "a.json" in plant.alarms.as_dict()["files-unreadable"]["text"]
    assert plant.files.get_counts()["unreadable"] == 1
    monkeypatch.undo()
    plant.look()
    assert plant.taken() == [2, 1]
    assert plant.alarms.as_dict() == {}


def test_agent_that_dies_before_the_move_counts_nothing_twice(plant, monkeypatch):
    plant.write("a.ndjson", 1, 2)
    with monkeypatch.context() as patch:
        patch.setattr(folder_module.Path, "rename", refuse_to_move)
        plant.look()
    assert plant.taken() == [1, 2]
    assert "a.ndjson" in plant.alarms.as_dict()["files-unreadable"]["text"]
    plant.restart()
    plant.look()
    assert plant.taken() == [1, 2]
    assert (plant.path / "in/done/a.ndjson").exists()
    assert plant.alarms.as_dict() == {}


def refuse_to_move(path, target):
    raise PermissionError(13, "Permission denied", str(path))


def test_full_journal_keeps_the_files_in_their_order(plant, monkeypatch):
    def refuse(events, keep):
        raise errors.Refusal(507, "journal-full", "Full.", retry_after_seconds=30)

    plant.write("a.ndjson", 1)
    plant.write("b.ndjson", 2)
    with monkeypatch.context() as patch:
        patch.setattr(plant.journal, "append", refuse)
        plant.look(5)
    assert sorted(file.name for file in (plant.path / "in").glob("*.ndjson")) == [
        "a.ndjson",
        "b.ndjson",
    ]
    plant.look()
    assert plant.taken() == [1, 2]


@pytest.mark.parametrize("cut", range(1, 40))
def test_cut_off_json_is_told_from_wrong_json(cut):
    raw = b'[{"a": [true, null, -1.5e3, "\xc3\xbc\\n"]}]'
    if cut < len(raw):
        assert events_file.read_events(raw[:cut], "a.json").is_cut_off
    assert not events_file.read_events(raw[:cut] + b"\x00]}", "a.json").is_cut_off
