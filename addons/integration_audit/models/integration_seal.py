import logging
import os
from datetime import timedelta
from pathlib import Path

from odoo import api, fields, models
from odoo.modules.registry import Registry
from odoo.tools import config

from odoo.addons.integration_core.lib.envelope import write_moment

from ..anchor_file import AnchorFile
from ..lib.anchor import Anchored, compare, pack
from . import integration_seal_queries as queries

_logger = logging.getLogger(__name__)

SETTING = "integration_anchor_folder"
PAUSE_SECONDS = 25
GRACE_MINUTES = 10
NAMES_SHOWN = 20


class IntegrationSeal(models.Model):
    """Seals that are anchored in a file: a tail that is gone shows, rows have names."""

    _inherit = "integration.seal"

    @api.model
    def _get_anchor_folder(self):
        """Return where the anchors of this database are.

        A copy of a database has files of its own: its log goes another way.
        """
        setting = os.environ.get(SETTING.upper()) or config.get(SETTING)
        root = Path(setting or Path(config["data_dir"]) / "integration_anchor")
        name, number = queries.identify_database(self.env.cr)
        return root / f"{name}-{number}"

    @api.model
    def _get_anchor_file(self, ledger):
        return AnchorFile(self._get_anchor_folder() / f"{ledger}.jsonl")

    @api.model
    def _cron_seal(self):
        """Seal, anchor what is sealed, and come back before a minute has gone by."""
        result = super()._cron_seal()
        dbname = self.env.cr.dbname
        self.env.cr.postcommit.add(lambda: _anchor_committed(dbname))
        cron = self.env.ref("integration_core.integration_seal_cron", False)
        if cron:
            cron._trigger(at=fields.Datetime.now() + timedelta(seconds=PAUSE_SECONDS))
        return result

    @api.model
    def _anchor(self):
        """Write the seals that the files do not hold yet. Returns how many."""
        count = 0
        for ledger in self._get_ledgers():
            file = self._get_anchor_file(ledger)
            last = file.read_last()
            seals = self.search(
                [("ledger", "=", ledger), ("number", ">", last.number if last else 0)],
                order="number",
            )
            for seal in seals:
                file.append([seal._prepare_anchored()])
            seals._tell_of_late_anchor(file)
            count += len(seals)
        return count

    def _tell_of_late_anchor(self, file):
        """Put on record that the file lacked seals for a while: now it is whole again.

        It was out of reach, or somebody cut it; either way it does not tell what the
        log was in between.
        """
        limit = fields.Datetime.now() - timedelta(minutes=GRACE_MINUTES)
        late = self.filtered(lambda seal: seal.sealed_at < limit)
        if not late:
            return
        lost = self.env._(
            "The anchor %(file)s lacked seals %(first)s to %(last)s; they were written from "
            "the database, as it is now. Expected when the folder was out of reach, or in a "
            "copy of a database; else somebody cut it: compare it with a copy.",
            file=file.path,
            first=late[0].number,
            last=late[-1].number,
        )
        self.env["integration.seal.verification"]._note_fault(late[0].ledger, lost)

    def _prepare_anchored(self):
        return Anchored(
            ledger=self.ledger,
            number=self.number,
            first_id=self.first_id,
            last_id=self.last_id,
            sealed_at=write_moment(self.sealed_at),
            mac=self.mac,
            rows=pack(self._read_prints(self)),
        )

    @api.model
    def _read_prints(self, anchored):
        """Return the prints of the rows there are now in a seal's run."""
        Ledger = self.env[anchored.ledger]
        return queries.read_prints(
            self.env.cr, Ledger, anchored.first_id, anchored.last_id
        )

    @api.model
    def _find_faults(self, ledger, progress=None):
        seen = {}

        def note(entry):
            seen[entry.number] = entry
            if progress:
                progress(entry)

        return [
            *super()._find_faults(ledger, note),
            *self._find_anchor_faults(ledger, seen),
        ]

    @api.model
    def _find_anchor_faults(self, ledger, seals):
        """Compare the seals of a ledger with its anchor, and name what does not fit.

        :param seals: ``{number: seal}``, all there are.
        :returns: list of sentences.
        """
        file, faults, found = self._get_anchor_file(ledger), [], set()
        for anchored in file.read_all():
            if anchored is None:
                faults.append(
                    self.env._("A line of the anchor %s cannot be read.", file.path)
                )
                continue
            found.add(anchored.number)
            faults += self._compare_anchored(anchored, seals.get(anchored.number))
        limit = fields.Datetime.now() - timedelta(minutes=GRACE_MINUTES)
        loose = [
            seal.number
            for seal in seals.values()
            if seal.number not in found
            and (seal.sealed_at < limit or seal.number < max(found, default=0))
        ]
        if loose:
            faults.append(
                self.env._(
                    "Seals %(first)s to %(last)s are not in the anchor %(file)s: it is "
                    "not the one of this database, or it was cut.",
                    first=min(loose),
                    last=max(loose),
                    file=file.path,
                )
            )
        return faults

    @api.model
    def _compare_anchored(self, anchored, seal):
        faults = []
        if not seal:
            faults.append(
                self.env._(
                    "Seal %(number)s of %(date)s over rows %(first)s to %(last)s is in "
                    "the anchor and no more in the database.",
                    number=anchored.number,
                    date=anchored.sealed_at,
                    first=anchored.first_id,
                    last=anchored.last_id,
                )
            )
        elif seal.mac != anchored.mac:
            faults.append(
                self.env._("Seal %s is not the one in the anchor.", anchored.number)
            )
        return faults + self._name_rows(anchored)

    @api.model
    def _name_rows(self, anchored):
        """Name the rows of a run that are not what they were when it was sealed."""
        found = compare(anchored.rows, self._read_prints(anchored))
        purged, _forged = self.env["integration.tombstone"]._find_genuine(
            anchored.ledger, anchored.first_id, anchored.last_id
        )
        gone = [row for row in found.gone if row.row_id not in purged]
        return [
            sentence
            for rows, sentence in (
                (found.changed, self.env._("Changed since it was sealed: %s")),
                (gone, self.env._("Gone from where it was sealed: %s")),
                (found.added, self.env._("Was not there when it was sealed: %s")),
            )
            if rows
            for sentence in [sentence % self._join_names(rows)]
        ]

    def _join_names(self, rows):
        names = ", ".join(row.label for row in rows[:NAMES_SHOWN])
        more = len(rows) - NAMES_SHOWN
        return self.env._("%(names)s … and %(more)s more", names=names, more=more) if (
            more > 0
        ) else names


def _anchor_committed(dbname):
    """Anchor in a transaction of its own, after the seals are durable."""
    with Registry(dbname).cursor() as cr:
        # Runs after a commit, for nobody in particular: seals are the engine's, and the
        # anchor holds digests only.
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        try:
            env["integration.seal"]._anchor()
        except OSError:
            # The seals hold; the next run tries again, and verifying tells.
            _logger.exception("The seals of %s cannot be anchored", dbname)
