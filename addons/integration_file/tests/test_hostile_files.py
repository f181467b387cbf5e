import hashlib
import json
import os
from unittest.mock import patch

from ..models import integration_file_taking as taking
from .common import FeedCase


class TestHostileFiles(FeedCase):
    """Whoever may put files may exchange, damage and go on writing them at any moment."""

    def run_meddling(self, source, meddle, text="one"):
        """Run a source; something happens to the folder while it takes the first file in."""
        real = type(source)._take_in

        def take_in(feed, transport, entry, **options):
            if entry.name == "a.csv":
                meddle()
            return real(feed, transport, entry, **options)

        self.drop("a.csv", f"text\n{text}\n")
        with patch.object(type(source), "_take_in", take_in):
            self.run_feed(source)

    def drop_with_sum(self, name, content):
        self.drop(name, content)
        digest = hashlib.sha256(content.encode()).hexdigest()
        self.drop(f"{name}.sha256", f"{digest}  {name}\n")

    def interrupt(self, source, step):
        """Let a run end at a step, as a crash would."""
        logged = self.assertLogs("odoo.addons.integration_file", "WARNING")
        with patch.object(type(source), step, side_effect=KeyError("killed")), logged:
            self.run_feed(source)

    def read_report(self):
        (report,) = (n for n in self.names("error") if n.endswith(".report.json"))
        return json.loads((self.folder / "error" / report).read_text())

    def test_sources_of_one_folder_keep_out_of_each_others_files(self):
        sources = [
            self.create_source(name=letter, pattern=f"{letter}*.csv", expression=text)
            for letter, text in (("a", "{text: text}"), ("b", "{text: 'not mine'}"))
        ]
        self.drop("a.csv", "text\none\n")
        self.interrupt(sources[0], "_admit_file")
        for source in reversed(sources):
            self.run_feed(source)
        self.assertEqual(self.texts(), ["one"])

    def test_a_file_with_a_very_long_name_is_a_file(self):
        source = self.create_source()
        self.drop("a" * 251 + ".csv", "text\none\n")
        self.drop("b" * 251 + ".csv", "text\none\nt,w,o\n")
        self.drop("c.csv", "text\ntwo\n")
        self.run_feed(source)
        self.assertFalse(source.last_error)
        self.assertEqual(self.texts(), ["one", "two"])
        self.assertEqual(len(self.names("archive")), 2)
        self.assertEqual(self.read_report()["file"], "b" * 251 + ".csv")

    def test_a_file_that_is_replaced_after_it_was_listed_is_looked_at_again(self):
        source = self.create_source()
        self.drop("b.csv", "text\nold\n")
        self.run_meddling(
            source, lambda: self.drop("b.csv", "text\nnew\nha", age_seconds=0)
        )
        self.assertEqual(self.texts(), ["one"])
        self.drop("b.csv", "text\nnew\nhalf\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one", "new", "half"])

    def test_what_is_replaced_by_a_link_or_a_pipe_is_not_read(self):
        source = self.create_source()
        secret = self.drop("secret", "text\nsecret\n")
        ways = {"link": lambda file: file.symlink_to(secret), "pipe": os.mkfifo}
        for way, make in ways.items():
            file = self.drop("b.csv", "text\nold\n")

            def exchange(file=file, make=make):
                file.unlink()
                make(file)

            self.run_meddling(source, exchange, way)
            file.unlink()
            self.assertFalse(source.last_error)
        self.assertEqual(self.texts(), ["link", "pipe"])

    def test_a_link_that_comes_in_between_is_put_aside(self):
        source = self.create_source()
        secret = self.drop("secret", "text\nsecret\n")
        file = self.drop("b.csv", "text\nold\n")
        real = type(source)._is_ready

        def is_ready(feed, transport, name):
            ready = real(feed, transport, name)
            file.unlink()
            file.symlink_to(secret)
            return ready

        with patch.object(type(source), "_is_ready", is_ready):
            self.run_feed(source)
        self.assertIn("no file any more", source.pickup_ids.error)
        self.assertEqual((self.texts(), self.names_picked(source)), ([], []))

    def test_what_is_written_while_a_file_is_taken_in_is_not_lost_in_silence(self):
        source = self.create_source()
        file = self.drop("a.csv", "text\none\n")
        real = type(source)._admit_by_chunks

        def admit(feed, events):
            handle.write("two\n")
            handle.flush()
            return real(feed, events)

        patched = patch.object(type(source), "_admit_by_chunks", admit)
        with file.open("a") as handle, patched:
            self.run_feed(source)
        self.assertEqual(self.texts(), ["one"])
        self.assertEqual(source.pickup_ids.state, "failed")
        self.assertIn("first 9 bytes", self.read_report()["error"])

    def test_a_file_of_the_future_waits_and_somebody_is_told(self):
        source = self.create_source()
        self.drop("a.csv", "text\none\n", age_seconds=-10 * 86400)
        self.drop("b.csv", "text\ntwo\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["two"])
        self.assertIn("a.csv was changed on", source.last_error)

    def test_a_checksum_stays_with_its_file(self):
        """The next file of a name comes while the one before it is under way."""
        source = self.create_source(needs_checksum=True)
        self.drop_with_sum("a.csv", "text\none\n")
        self.interrupt(source, "_admit_file")
        self.drop_with_sum("a.csv", "text\ntwo\n")
        self.run_feed(source)
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one", "two"])
        self.assertFalse(source.pickup_ids.filtered("error"))

    def test_a_checksum_that_is_being_written_is_waited_for(self):
        source = self.create_source(needs_checksum=True)
        self.drop("a.csv", "text\none\n")
        self.drop("a.csv.sha256", "")
        self.run_feed(source)
        self.assertEqual(self.names(), ["a.csv", "a.csv.sha256"])
        self.drop_with_sum("a.csv", "text\none\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one"])

    def test_a_crash_between_a_file_and_its_checksum_loses_neither(self):
        source = self.create_source(needs_checksum=True)
        self.drop_with_sum("a.csv", "text\none\n")
        (self.folder / f".picked-{source.id}").mkdir()
        (self.folder / "a.csv").rename(self.folder / f".picked-{source.id}" / "a.csv")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one"])
        # The checksum of an earlier file is not that of the next.
        self.drop("a.csv.sha256", "0" * 64, folder=f".picked-{source.id}")
        self.drop_with_sum("a.csv", "text\ntwo\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["one", "two"])

    def test_a_message_is_no_larger_than_one_that_is_posted(self):
        source = self.create_source(
            grouping="file", expression="{text: join('', records[].text)}"
        )
        self.drop("a.csv", "text\n" + ("x" * 100_000 + "\n") * 90)
        self.drop("b.csv", "text\nfits\n")
        self.run_feed(source)
        self.assertEqual(self.texts(), ["fits"])
        self.assertIn("bytes", self.read_report()["refused"][0]["detail"])

    def test_a_file_has_no_more_records_than_fit_into_one_message(self):
        source = self.create_source(grouping="file", expression="{text: file}")
        self.drop("a.csv", "text\n1\n2\n3\n")
        with patch.object(taking, "RECORDS_PER_MESSAGE_MAX", 2):
            self.run_feed(source)
        self.assertEqual(self.texts(), [])
        self.assertIn("more than 2 records", source.pickup_ids.error)
