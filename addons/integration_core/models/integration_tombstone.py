from datetime import datetime

from odoo import api, fields, models

from ..lib import retention
from ..lib.envelope import write_moment
from ..log_fields import LogReference
from . import integration_retention_queries as queries


class IntegrationTombstone(models.Model):
    """What stays of a row that left the log by a retention rule.

    It keeps the row's digest, so that the seal over it still fits, and is signed with
    the key of the seals: whoever deletes a row past the rules cannot make one.
    """

    _name = "integration.tombstone"
    _inherit = "append.only.mixin"
    _description = "Tombstone"
    _order = "id desc"
    _log_access = False

    ledger = fields.Char(required=True, readonly=True)
    row_id = fields.Integer(required=True, readonly=True)
    digest = fields.Char(string="SHA-256 of the row", required=True, readonly=True)
    name = fields.Char(readonly=True, help="A message's id.")
    system_id = LogReference("integration.system", readonly=True)
    company_id = LogReference("res.company", readonly=True)
    purged_at = fields.Datetime(required=True, readonly=True)
    mac = fields.Char(string="Signature", readonly=True)

    _row_unique = models.UniqueIndex("(ledger, row_id)")
    _name_index = models.Index("(name) WHERE name IS NOT NULL")

    @api.model
    def _bury(self, records):
        """Replace rows of a sealed ledger by tombstones.

        :param records: of one model that inherits ``integration.sealed.mixin``.
        """
        if not records:
            return
        keys = self.env["integration.seal"]._get_keys()
        now = fields.Datetime.now()
        digests = queries.compute_row_digests(
            self.env.cr, records._table, records._sealed_columns, records.ids
        )
        self.create(
            [
                self._prepare_vals(record, digests[record.id], now, keys)
                for record in records
            ]
        )
        records._purge()

    @api.model
    def _prepare_vals(self, record, digest, now, keys):
        is_message = record._name == "integration.message"
        vals = {
            "ledger": record._name,
            "row_id": record.id,
            "digest": digest,
            "name": record.uuid if is_message else False,
            "system_id": record.system_id.id if is_message else False,
            "company_id": record.company_id.id,
            "purged_at": now,
        }
        stone = self._prepare_tombstone(vals)
        return {**vals, "mac": retention.sign(keys[0], stone) if keys else False}

    @api.model
    def _prepare_tombstone(self, vals):
        return retention.Tombstone(
            ledger=vals["ledger"],
            row_id=vals["row_id"],
            digest=vals["digest"],
            name=vals["name"] or "",
            purged_at=write_moment(vals["purged_at"]),
        )

    @api.model
    def _find_genuine(self, ledger, first, last, sealed_at=datetime.min):
        """Return ``({row id: digest}, [row ids whose tombstone is forged])``.

        :param first: and ``last``: ids of rows, both included.
        :param sealed_at: when they were sealed, naive UTC: what had left before, perhaps
            while there was no key to sign with, no seal counts.
        """
        found = self.search(
            [
                ("ledger", "=", ledger),
                ("row_id", ">=", first),
                ("row_id", "<=", last),
                ("purged_at", ">=", sealed_at),
            ]
        )
        keys = self.env["integration.seal"]._get_keys() if found else ()
        genuine, forged = {}, []
        for stone in found:
            vals = stone.read(list(retention.Tombstone.__dataclass_fields__))[0]
            if retention.is_genuine(
                keys, self._prepare_tombstone(vals), stone.mac or ""
            ):
                genuine[stone.row_id] = stone.digest
            else:
                forged.append(stone.row_id)
        return genuine, forged
