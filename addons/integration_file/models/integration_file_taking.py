import hashlib
import json
import logging
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice

import psycopg2

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.expression import ExpressionError

from ..lib.readers import FileFormatError, read_records
from ..transports import Entry, TransportError
from .integration_feed_mixin import ACCEPTED, ThrottledError

_logger = logging.getLogger(__name__)

PICKED, ARCHIVE, ERROR = ".picked", "archive", "error"
SUM = ".sha256"
SIZE_MAX = 64 * 1024 * 1024
# Of a name that is kept with a moment before it and an ending behind.
NAME_MAX_BYTES = 200
REPORTED_MAX = 1000
RECORDS_PER_MESSAGE_MAX = 100_000
# Clocks differ by less.
FUTURE_SECONDS = 3600
# Not the file's fault: it is taken in the next time, and those after it too.
NOT_THE_FILE = (ThrottledError, TransportError, OSError, psycopg2.OperationalError)


@dataclass
class Tally:
    """What became of the records of a file so far.

    :param refused: what was said of the first of those that were refused.
    """

    count: int = 0
    refused_count: int = 0
    refused: list = field(default_factory=list)

    def add(self, answers):
        for answer in answers:
            self.count += 1
            if answer.status == ACCEPTED:
                continue
            self.refused_count += 1
            if len(self.refused) < REPORTED_MAX:
                self.refused.append({"record": self.count, **answer.body})

    def get_reason(self):
        """Return why the first one was refused; empty when none was."""
        return str(self.refused[0].get("detail") or self.refused[0]) if self.refused else ""


class IntegrationFileSource(models.Model):
    _inherit = "integration.file.source"

    def _run(self):
        failure = None
        with self._open() as transport:
            entries = transport.list("", self.pattern)
            for entry, is_left in self._pick_up(transport, entries):
                try:
                    self._take_in(transport, entry, is_left=is_left)
                except NOT_THE_FILE:
                    raise
                except Exception as error:
                    # One file that nobody thought of keeps no other from its turn.
                    self.env.cr.rollback()
                    _logger.warning("%s: a file failed", self.display_name, exc_info=True)
                    failure = error
            failure = failure or self._find_from_the_future(entries)
        if failure:
            raise failure

    # Picking up ---------------------------------------------------------------

    def _get_picked(self):
        """Return the folder of what is under way: each source of a folder has its own."""
        return f"{PICKED}-{self.id}"

    def _pick_up(self, transport, entries):
        """Yield ``(entry, is_left)`` of what is ours to take in.

        First what a crash or a throttle left behind.

        :param entries: what stands in the folder.
        """
        left = transport.list(self._get_picked(), "*")
        for entry in left:
            if not entry.name.endswith(SUM) and self._is_quiet(entry):
                yield entry, True
        under_way = {entry.name for entry in left}
        for name in [entry.name for entry in entries]:
            if name.endswith(SUM) or name in under_way:
                continue
            # What was listed some files ago may be another one by now.
            if self._is_ready(transport, name):
                yield from self._pick_up_one(transport, name, under_way)

    def _pick_up_one(self, transport, name, under_way):
        """Yield ``(entry, False)`` of a file that is now ours, if nobody writes to it."""
        picked, beside = self._get_picked(), name + SUM
        if beside in under_way:  # of an earlier file, left by a crash
            transport.move(picked, beside, ARCHIVE, _get_kept_name(name) + SUM)
        if not transport.move("", name, picked, name):
            return
        if transport.look("", beside):
            transport.move("", beside, picked, beside)
        entry = transport.look(picked, name)
        if not entry:
            # A link may lead anywhere.
            nothing = Entry(name, 0, int(time.time()))
            error = self.env._("It is no file any more.")
            self._put_away(transport, nothing, b"", error=error)
        elif self._is_quiet(entry):
            yield entry, False

    def _is_ready(self, transport, name):
        entry = transport.look("", name)
        if not entry or not self._is_quiet(entry):
            return False
        # An empty one is being written at this moment.
        stated = self.needs_checksum and transport.look("", name + SUM)
        return not self.needs_checksum or bool(stated and stated.size)

    def _is_quiet(self, entry):
        if self.needs_checksum:
            return True  # what fits its checksum is complete
        return entry.modified_at + self.quiet_seconds <= time.time()

    def _find_from_the_future(self, entries):
        """Return an error that names a file which nobody would ever see picked up."""
        if self.needs_checksum:
            return None
        limit = time.time() + FUTURE_SECONDS
        for entry in entries:
            if entry.modified_at > limit and not entry.name.endswith(SUM):
                return UserError(
                    self.env._(
                        "%(name)s was changed on %(moment)s (UTC), says its folder, and is "
                        "left alone until then. Look at the clock of the machine that "
                        "wrote it, and let it write the file again.",
                        name=_show(entry.name),
                        moment=datetime.fromtimestamp(entry.modified_at, UTC).replace(
                            tzinfo=None
                        ),
                    )
                )
        return None

    # Taking in ----------------------------------------------------------------

    def _take_in(self, transport, entry, *, is_left):
        """Admit the records of a picked file, then put it away.

        :param is_left: it was picked up by a run that did not end.

        Its messages are named after its name, time and content: taking it in again
        after a crash adds nothing. It is read as a whole before the first is admitted.
        """
        content = b""
        try:
            content = self._read_checked(transport, entry)
            if is_left and self._is_on_record(entry, content):
                # Only putting it away did not happen.
                self._move_away(transport, entry.name, ARCHIVE)
                return
            self._refuse_repeat(entry, content)
            for _event in self._iterate_events(entry, content):
                pass
        except MemoryError:
            error = self.env._("It needs more memory than there is: split it.")
            self._put_away(transport, entry, content, error=error)
        except (FileFormatError, ExpressionError) as error:
            self._put_away(transport, entry, content, error=str(error))
        else:
            tally = self._admit_file(entry, content)
            error = self._find_change(transport, entry, content)
            self._put_away(transport, entry, content, tally, error=error)

    def _read_checked(self, transport, entry):
        """Return a file's content, which fits its checksum where it has one."""
        if entry.size > SIZE_MAX:
            raise FileFormatError(self.env._("It is larger than %s bytes.", SIZE_MAX))
        content = transport.read_file(self._get_picked(), entry.name, SIZE_MAX)
        if len(content) > SIZE_MAX:
            raise FileFormatError(self.env._("It is larger than %s bytes.", SIZE_MAX))
        if self._has_checksum(transport, entry.name + SUM):
            self._check_sum(transport, entry.name + SUM, content)
        return content

    def _has_checksum(self, transport, beside):
        picked = self._get_picked()
        if transport.look(picked, beside):
            return True
        if not self.needs_checksum:
            return False
        # A crash came between the file and its checksum.
        if not transport.move("", beside, picked, beside):
            raise FileFormatError(self.env._("Its checksum has gone."))
        return True

    def _check_sum(self, transport, beside, content):
        stated = transport.read_file(self._get_picked(), beside, SIZE_MAX).split()
        found = hashlib.sha256(content).hexdigest()
        if not stated or stated[0].decode("ascii", "replace").lower() != found:
            raise FileFormatError(self.env._("It does not fit its checksum."))

    def _is_on_record(self, entry, content):
        """Tell whether this very file was taken in as a whole."""
        return bool(
            self.pickup_ids.search(
                [
                    ("source_id", "=", self.id),
                    ("sha256", "=", hashlib.sha256(content).hexdigest()),
                    ("state", "=", "done"),
                    ("identity", "=", _identify(entry, content)),
                ],
                limit=1,
            )
        )

    def _refuse_repeat(self, entry, content):
        """Keep a file from being taken in twice.

        :raises FileFormatError: naming when it was taken in.
        """
        if self.takes_repeats:
            return
        before = self.pickup_ids.search(
            [
                ("source_id", "=", self.id),
                ("name", "=", _show(entry.name)),
                ("sha256", "=", hashlib.sha256(content).hexdigest()),
                ("state", "=", "done"),
                ("message_count", ">", 0),
            ],
            limit=1,
        )
        if before:
            raise FileFormatError(
                self.env._(
                    "The same file was taken in on %s (UTC) already. If it is meant again, "
                    "let the source take the same file again, and put it back.",
                    before.create_date.replace(microsecond=0),
                )
            )

    def _find_change(self, transport, entry, content):
        """Return what is wrong with a file that was written to while it was taken in."""
        now = transport.look(self._get_picked(), entry.name)
        if not now or (now.size, now.modified_at) == (len(content), entry.modified_at):
            return None
        return self.env._(
            "It was still written to: what stood in its first %(count)s bytes was taken in, "
            "and nothing of what came later. Send the rest as a file of its own, and let "
            "the sender write under another name and rename when the file is complete.",
            count=len(content),
        )

    def _iterate_events(self, entry, content):
        """Yield the CloudEvents of a file, the same whenever it is read again.

        :raises FileFormatError: when it cannot be read.
        :raises ExpressionError: when the transformation does not fit a record.
        """
        records = read_records(
            content,
            self.form,
            encoding=self.encoding,
            delimiter=self.delimiter,
            path=self.record_path or "",
        )
        if self.grouping == "file":
            records = [{"file": _show(entry.name), "records": self._bound(records)}]
        moment = datetime.fromtimestamp(entry.modified_at, UTC).isoformat()
        identity = _identify(entry, content)
        for number, record in enumerate(records, start=1):
            yield self._prepare_event(record, f"{identity[:40]}-{number}", moment)

    def _bound(self, records):
        """Return the records of one message as a list.

        :raises FileFormatError: when they are too many.
        """
        found = list(islice(records, RECORDS_PER_MESSAGE_MAX + 1))
        if len(found) > RECORDS_PER_MESSAGE_MAX:
            raise FileFormatError(
                self.env._(
                    "It has more than %s records, which is too much for one message.",
                    RECORDS_PER_MESSAGE_MAX,
                )
            )
        return found

    def _admit_file(self, entry, content):
        """Admit what an allowance left of a file, and remember how far that is.

        :returns: ``Tally``
        """
        identity = _identify(entry, content)
        tally = Tally(**(self.progress or {}).get(identity, {}))
        events = islice(self._iterate_events(entry, content), tally.count, None)
        try:
            for answers in self._admit_by_chunks(events):
                tally.add(answers)
        except ThrottledError as error:
            tally.add(error.answers)
            self.progress = {**(self.progress or {}), identity: asdict(tally)}
            raise
        return tally

    # Putting away -------------------------------------------------------------

    def _put_away(self, transport, entry, content, tally=None, *, error=None):
        """Move a file to the archive or to the errors, with a report; keep a record.

        :param content: empty where it could not be read.
        :param tally: what became of its records; None: none was admitted.
        """
        tally = tally or Tally()
        failed = bool(error or tally.refused)
        target = ERROR if failed else ARCHIVE
        kept = _get_kept_name(entry.name)
        if failed:
            report = {
                "file": _show(entry.name),
                "error": error,
                "refused": tally.refused,
                "refused_count": tally.refused_count,
            }
            transport.write_file(
                target, f"{kept}.report.json", json.dumps(report, indent=2).encode()
            )
        identity = _identify(entry, content)
        self.env["integration.file.pickup"].create(
            {
                "source_id": self.id,
                "name": _show(entry.name),
                "kept_as": f"{target}/{_show(kept)}",
                "size": entry.size,
                "sha256": hashlib.sha256(content).hexdigest() if content else False,
                "identity": identity,
                "state": "failed" if failed else "done",
                "message_count": tally.count,
                "refused_count": tally.refused_count,
                "error": error or tally.get_reason() or False,
            }
        )
        if failed:
            # A file that could not be read counts as one.
            reason = f"{_show(entry.name)}: {tally.get_reason() or error}"
            self._tell_refused(reason, tally.refused_count or 1)
        self.progress = {
            key: state for key, state in (self.progress or {}).items() if key != identity
        } or False
        # Committed before the file moves: what has moved is on record.
        self.env.cr.commit()
        self._move_away(transport, entry.name, target, kept)

    def _move_away(self, transport, name, target, kept=None):
        picked, kept = self._get_picked(), kept or _get_kept_name(name)
        transport.move(picked, name, target, kept)
        if transport.look(picked, name + SUM):
            transport.move(picked, name + SUM, target, kept + SUM)


def _identify(entry, content):
    """Return what tells a file from all others, also from its repetition."""
    name = entry.name.encode("utf-8", "surrogateescape")
    return hashlib.sha256(
        name + f"\n{entry.modified_at}\n".encode() + content
    ).hexdigest()


def _get_kept_name(name):
    """Return a name that is free, and short enough for whatever comes behind it."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    end = name.encode("utf-8", "surrogateescape")[-NAME_MAX_BYTES:]
    return f"{moment}-{end.decode('utf-8', 'surrogateescape')}"


def _show(name):
    """Return a file's name as text, whichever bytes it is made of."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
