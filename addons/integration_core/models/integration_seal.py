import logging
import os
from datetime import timedelta

from psycopg2.errors import LockNotAvailable

from odoo import api, fields, models
from odoo.tools import config

from ..lib import seal
from ..lib.envelope import write_moment
from . import integration_seal_queries as queries

_logger = logging.getLogger(__name__)

SETTING = "integration_seal_key"
RUN_ROWS = 10000
NAMES_SHOWN = 20
FIRST_ID = 1
# So long a row may wait for its seal: a long transaction may be in between.
UNSEALED_MINUTES = 10


class IntegrationSeal(models.Model):
    """One seal: an HMAC over a run of a ledger's rows and over the seal before it.

    What it proves: a row inside a sealed run was changed, added or removed, or a seal
    was, if and only if the verification says so. Rows are covered some minutes after
    they were written. Removing the newest seals together with their rows shows only
    against an older copy of the list; auditors keep one.
    """

    _name = "integration.seal"
    _inherit = "append.only.mixin"
    _description = "Seal"
    _order = "id desc"
    _rec_name = "mac"
    _log_access = False

    ledger = fields.Char(required=True, readonly=True)
    number = fields.Integer(required=True, readonly=True)
    first_id = fields.Integer(required=True, readonly=True)
    last_id = fields.Integer(required=True, readonly=True)
    row_count = fields.Integer(string="Rows", required=True, readonly=True)
    digest = fields.Char(string="SHA-256 of the rows", required=True, readonly=True)
    sealed_at = fields.Datetime(required=True, readonly=True)
    key_name = fields.Char(string="Key", required=True, readonly=True)
    mac = fields.Char(string="Seal", required=True, readonly=True)

    _number_unique = models.UniqueIndex("(ledger, number)")

    @api.model
    def _get_keys(self):
        """Return the keys, newest first, from the environment or odoo.conf.

        :raises lib.seal.SealKeyError: when one is too short.
        """
        return seal.read_keys(
            os.environ.get(SETTING.upper()) or config.get(SETTING) or ""
        )

    @api.model
    def _get_ledgers(self):
        """Return the names of the models whose rows are sealed."""
        names = self.env.registry.descendants(["integration.sealed.mixin"], "_inherit")
        return sorted(name for name in names if self.env[name]._sealed_columns)

    @api.model
    def _cron_seal(self):
        """Seal what every ledger has gained; nothing without a key."""
        try:
            keys = self._get_keys()
        except seal.SealKeyError as error:
            _logger.error("Nothing is sealed: %s", error)
            return
        if not keys:
            return
        for ledger in self._get_ledgers():
            self._seal_ledger(ledger, keys[0])

    @api.model
    def _seal_ledger(self, ledger, key):
        """Seal the rows of one ledger that are not covered yet, run by run."""
        Ledger = self.env[ledger]
        self.env.cr.commit()  # the lock must come before the transaction's snapshot
        try:
            settled = queries.find_settled_id(self.env.cr, Ledger._table)
        except LockNotAvailable:
            # A long transaction is writing to the ledger; the next run comes soon.
            self.env.cr.rollback()
            return
        self.env.cr.commit()  # lets go of the ledger
        last = self.search([("ledger", "=", ledger)], order="number desc", limit=1)
        while True:
            until = queries.find_last_of_run(
                self.env.cr, Ledger._table, last.last_id, settled, RUN_ROWS
            )
            if until is None:
                return
            last = self.create(self._prepare_seal_vals(Ledger, last, until, key))
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _prepare_seal_vals(self, Ledger, previous, until, key):
        first = previous.last_id + 1
        rows, digest = queries.compute_digest(
            self.env.cr, Ledger._table, Ledger._sealed_columns, first, until
        )
        vals = {
            "ledger": Ledger._name,
            "number": previous.number + 1,
            "first_id": first,
            "last_id": until,
            "row_count": rows,
            "digest": digest,
            "sealed_at": fields.Datetime.now(),
        }
        mac = seal.compute_mac(key, self._prepare_run(vals), previous.mac or "")
        return {**vals, "key_name": seal.name_key(key), "mac": mac}

    @api.model
    def _prepare_run(self, vals):
        return seal.Run(**{**vals, "sealed_at": write_moment(vals["sealed_at"])})

    @api.model
    def _find_faults(self, ledger, progress=None):
        """Compare a ledger with its seals.

        :param progress: called with each seal after it was compared.
        :returns: list of sentences: of seals that do not fit, of rows without one.
        """
        keys = self._get_keys()
        faults = []
        previous = self.browse()
        for entry in self.search([("ledger", "=", ledger)], order="number"):
            faults += entry._compare(previous, keys)
            previous = entry
            if progress:
                progress(entry)
        return [
            *faults,
            *self._find_uncoverable(ledger),
            *self.env[ledger]._find_other_faults(),
            *self._find_unsealed(ledger, previous, keys),
        ]

    @api.model
    def _find_uncoverable(self, ledger):
        """Return the sentence about rows that somebody put before the first, in a list."""
        found = queries.find_uncoverable(
            self.env.cr, self.env[ledger]._table, FIRST_ID, NAMES_SHOWN
        )
        if not found:
            return []
        return [
            self.env._(
                "Rows were put in past Odoo, which counts from 1: %s.",
                ", ".join(map(str, found)),
            )
        ]

    @api.model
    def _find_unsealed(self, ledger, last, keys):
        """Return the sentence about rows that should have been sealed, in a list.

        Where nothing was ever sealed and no key is set, sealing is not in use.
        """
        if not last and not keys:
            return []
        limit = fields.Datetime.now() - timedelta(minutes=UNSEALED_MINUTES)
        count, since = queries.count_unsealed(
            self.env.cr, self.env[ledger], last.last_id, limit
        )
        if not count:
            return []
        return [
            self.env._(
                "%(count)s rows since %(since)s (UTC) are not sealed: set the key, and see "
                "that the scheduled action for seals runs.",
                count=count,
                since=since.replace(microsecond=0),
            )
        ]

    def _compare(self, previous, keys):
        """Return what is wrong with this seal, which follows ``previous``."""
        self.ensure_one()
        faults = []
        if (self.number, self.first_id) != (previous.number + 1, previous.last_id + 1):
            faults.append(
                self.env._(
                    "Seal %(number)s does not follow the one before it: seals are missing.",
                    number=self.number,
                )
            )
        genuine = seal.is_genuine(
            keys,
            self.key_name,
            self._prepare_run(self._read_run()),
            previous.mac or "",
            self.mac,
        )
        if genuine is None:
            faults.append(
                self.env._(
                    "Seal %(number)s was made with the key %(key)s, which is not configured.",
                    number=self.number,
                    key=self.key_name,
                )
            )
        elif not genuine:
            faults.append(
                self.env._(
                    "Seal %(number)s is not the one that was made.", number=self.number
                )
            )
        purged, forged = self.env["integration.tombstone"]._find_genuine(
            self.ledger, self.first_id, self.last_id, self.sealed_at
        )
        if forged:
            faults.append(
                self.env._(
                    "Rows were removed past the retention rules, with tombstones that no "
                    "rule signed: %s.",
                    ", ".join(str(row_id) for row_id in forged[:NAMES_SHOWN]),
                )
            )
        rows, digest = queries.compute_digest(
            self.env.cr,
            self.env[self.ledger]._table,
            self.env[self.ledger]._sealed_columns,
            self.first_id,
            self.last_id,
            purged,
        )
        if (rows, digest) != (self.row_count, self.digest):
            faults.append(
                self.env._(
                    "Rows %(first)s to %(last)s are not what was sealed on %(date)s: "
                    "%(sealed)s rows then, %(found)s now.",
                    first=self.first_id,
                    last=self.last_id,
                    date=self.sealed_at,
                    sealed=self.row_count,
                    found=rows,
                )
            )
        return faults

    def _read_run(self):
        names = seal.Run.__dataclass_fields__
        return {name: self[name] for name in names}
