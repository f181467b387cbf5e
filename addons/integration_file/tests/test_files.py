import hashlib
import json
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.addons.integration_core import intake
from odoo.addons.integration_core.lib.problems import Problem

from ..models.integration_file_taking import PICKED
from ..transports import FolderTransport
from .common import FeedCase


class TestFiles(FeedCase):
    """Files become messages: all of them, once, in order."""

    def test_csv_json_and_xml(self):
        for form, pattern, content, more in (
            ("csv", "*.csv", "text;other\nfirst;1\nsecond;2\n", {"delimiter": ";"}),
            ("json", "*.json", '{"d": [{"text": "third"}]}', {"record_path": "d"}),
            ("xml", "*.xml", "<l><m><text>fourth</text></m></l>", {"record_path": "m"}),
        ):
            source = self.create_source(
                name=form, form=form, pattern=pattern, expression="{text: text}", **more
            )
            self.drop(f"a.{form}", content)
            self.run_feed(source)
            self.assertFalse(source.last_error)
        self.assertEqual(self.texts(), ["first", "second", "third", "fourth"])
        self.assertEqual(self.names(), [])
        self.assertEqual(len(self.names("archive")), 3)

    def test_a_file_of_the_same_name_the_next_day_is_another_one(self):
        source = self.create_source(takes_repeats=True)
        self.drop("daily.csv", "text\nsame\n", age_seconds=86400)
        self.run_feed(source)
        self.drop("daily.csv", "text\nsame\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["same", "same"])
        self.assertEqual(len(self.names("archive")), 2)

    def test_the_same_file_sent_twice_goes_to_the_errors(self):
        source = self.create_source()
        for name, age in (("a.csv", 90), ("a.csv", 60), ("b.csv", 60)):
            self.drop(name, "text\nsame\n", age_seconds=age)
            self.run_feed(source)
        self.assertEqual(self.texts(), ["same", "same"], "Another name, another file")
        (failed,) = source.pickup_ids.filtered("error")
        self.assertIn("was taken in on", failed.error)
        self.assertEqual(len(self.names("error")), 2, "the file and its report")
        self.assertTrue(self.find_told())

    def test_the_same_file_put_back_is_a_repeat_too(self):
        source = self.create_source()
        moment = self.drop("a.csv", "text\none\n").stat().st_mtime
        self.run_feed(source)
        os.utime(self.drop("a.csv", "text\none\n"), (moment, moment))
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one"])
        self.assertIn("was taken in on", source.pickup_ids.filtered("error").error)

    def test_what_a_crash_left_behind_its_record_is_no_repeat(self):
        source = self.create_source()
        self.drop("a.csv", "text\none\n")
        move = FolderTransport.move

        def stop(transport, folder, *where):
            if folder.startswith(PICKED):
                raise KeyError("killed")
            return move(transport, folder, *where)

        logged = self.assertLogs("odoo.addons.integration_file", "WARNING")
        with patch.object(FolderTransport, "move", stop), logged:
            self.run_feed(source)
        self.run_feed(source)
        self.assertEqual((self.texts(), self.names("error")), (["one"], []))
        self.assertEqual(len(self.names("archive")), 1)
        self.assertEqual(source.pickup_ids.mapped("message_count"), [1], "on record once")

    def test_what_a_crash_left_is_taken_in_once(self):
        source = self.create_source()
        self.drop("a.csv", "text\none\ntwo\n")
        with (
            patch.object(type(source), "_put_away", side_effect=RuntimeError("killed")),
            self.assertLogs("odoo.addons.integration_file", "WARNING"),
        ):
            self.run_feed(source)
        self.assertEqual(self.names_picked(source), ["a.csv"])
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one", "two"])
        self.assertEqual((self.names_picked(source), len(self.names("archive"))), ([], 1))

    def test_a_file_that_is_still_written_to_is_left_alone(self):
        source = self.create_source()
        self.drop("a.csv", "text\none\n", age_seconds=0)
        self.run_feed(source)
        self.assertEqual((self.texts(), self.names()), ([], ["a.csv"]))

    def test_a_file_that_cannot_be_read_goes_to_the_errors_with_the_reason(self):
        source = self.create_source()
        self.drop("a.csv", "text,more\none\n")
        self.drop("b.csv", "text\nfine\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["fine"])
        kept, report = self.names("error")
        self.assertTrue(kept.endswith("a.csv"))
        said = json.loads((self.folder / "error" / report).read_text())
        self.assertIn("Line 2 has 1 values", said["error"])
        failed = source.pickup_ids.filtered(lambda p: p.state == "failed")
        self.assertIn("Line 2", failed.error)

    def test_records_that_break_the_contract_are_listed_and_the_others_taken_in(self):
        source = self.create_source(expression="{text: text || `7`}")
        self.drop("a.csv", 'text\none\n""\nthree\n')
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one", "three"])
        pickup = source.pickup_ids
        self.assertEqual((pickup.message_count, pickup.refused_count), (3, 1))
        report = next(n for n in self.names("error") if n.endswith(".report.json"))
        said = json.loads((self.folder / "error" / report).read_text())
        self.assertEqual(said["refused"][0]["record"], 2)

    def test_poison_is_put_aside_and_the_next_file_has_its_turn(self):
        """What Python reads and PostgreSQL cannot keep."""
        deep = "[" * 70 + "]" * 70
        poison = {
            "a": '[{"text": "one"}, {"text": "\\ud800"}, {"text": "three"}]',
            "b": f'[{{"text": {deep}}}]',
            "c": '[{"text": NaN}]',
            "d": "[" * 100_000,
            "e": '[{"text": ' + "9" * 5000 + "}]",
        }
        source = self.create_source(form="json", pattern="*.json")
        for name, content in poison.items():
            self.drop(f"{name}.json", content)
        self.drop("z.json", '[{"text": "last"}]')
        self.drop("zz\udcff.json", '[{"text": "name"}]')
        self.run_feed(source)
        self.assertFalse(source.last_error)
        self.assertEqual(self.texts(), ["one", "three", "last", "name"])
        self.assertEqual(self.names_picked(source), [])
        reports = [n for n in self.names("error") if n.endswith(".report.json")]
        self.assertEqual((len(reports), source.refused_count), (5, 5))
        self.assertEqual(len(self.find_told()), 1)

    def test_a_nul_in_a_line_is_refused_alone(self):
        source = self.create_source()
        self.drop("a.csv", "text\none\nt\0wo\nthree\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one", "three"])
        self.assertIn("NUL", source.pickup_ids.error)

    def test_a_fault_of_ours_keeps_no_other_file(self):
        source = self.create_source()
        self.drop("a.csv", "text\none\n")
        self.drop("b.csv", "text\ntwo\n")
        real = type(source)._iterate_events

        def iterate(feed, entry, content):
            if entry.name == "a.csv":
                raise ZeroDivisionError("Ours")
            return real(feed, entry, content)

        with (
            patch.object(type(source), "_iterate_events", iterate),
            self.assertLogs("odoo.addons.integration_file", "WARNING"),
        ):
            for _time in range(3):
                self.run_feed(source)
        self.assertEqual(self.texts(), ["two"])
        self.assertIn("Ours", source.last_error)
        self.assertIn("Ours", self.find_told().description)
        self.run_feed(source)
        self.assertFalse(self.find_told())

    def test_a_checksum_is_waited_for_and_must_fit(self):
        source = self.create_source(needs_checksum=True)
        self.drop("a.csv", "text\none\n")
        self.drop("b.csv", "text\ntwo\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), [])
        digest = hashlib.sha256(b"text\none\n").hexdigest()
        self.drop("a.csv.sha256", f"{digest}  a.csv\n")
        self.drop("b.csv.sha256", f"{digest}  b.csv\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one"])
        self.assertIn("checksum", source.pickup_ids.filtered("error").error)

    def test_a_throttled_file_goes_on_later(self):
        source = self.create_source()
        self.drop("a.csv", "text\n" + "x\n" * 50)
        with patch.object(intake, "throttle", side_effect=Problem(429, "x", "x")):
            self.run_feed(source)
        self.assertIn("allowance", source.last_error)
        self.assertEqual((self.texts(), self.names_picked(source)), ([], ["a.csv"]))
        self.run_feed(source)
        self.assertEqual(len(self.texts()), 50)

    def test_a_folder_that_is_not_allowed_is_not_opened(self):
        source = self.create_source(path="/etc")
        with self.assertLogs("odoo.addons.integration_file", "WARNING"):
            self.run_feed(source)
        self.assertIn("integration_file_roots", source.last_error)

    def test_links_are_not_followed(self):
        (self.folder / "a.csv").symlink_to("/etc/passwd")
        with FolderTransport(self.folder, [self.folder]) as transport:
            self.assertEqual(transport.list("", "*"), [])

    def test_a_folder_of_ours_that_became_a_link_is_not_followed(self):
        """Who may put files here may put links here."""
        elsewhere = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (elsewhere / "secret.csv").write_text("text\nsecret\n")
        source = self.create_source()
        for name in (f"{PICKED}-{source.id}", "archive"):
            link = self.folder / name
            link.symlink_to(elsewhere)
            self.drop("a.csv", "text\none\n")
            with self.assertLogs("odoo.addons.integration_file", "WARNING"):
                self.run_feed(source)
            self.assertIn("is a link", source.last_error)
            self.assertEqual([file.name for file in elsewhere.iterdir()], ["secret.csv"])
            link.unlink()
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one"])

    def test_of_two_that_pick_up_one_succeeds(self):
        self.drop("a.csv", "text\none\n")
        with FolderTransport(self.folder, [self.folder]) as transport:
            self.assertTrue(transport.move("", "a.csv", PICKED, "a.csv"))
            self.assertFalse(transport.move("", "a.csv", PICKED, "a.csv"))
