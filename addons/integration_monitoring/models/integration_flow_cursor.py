from psycopg2.errors import LockNotAvailable

from odoo import api, fields, models

from odoo.addons.integration_core.models.integration_seal_queries import (
    find_settled_id,
)

from . import integration_flow_queries as queries

STEP = 50_000


class IntegrationFlowCursor(models.Model):
    """How far the log was added up. Each row of it counts once."""

    _name = "integration.flow.cursor"
    _description = "Rollup Cursor"
    _log_access = False
    _rec_name = "ledger"

    ledger = fields.Char(required=True, readonly=True)
    last_id = fields.Integer(required=True, readonly=True, default=0)

    _ledger_unique = models.UniqueIndex("(ledger)")

    @api.model
    def _cron_add_up(self):
        """Add to the figures what the log has gained."""
        for ledger in ("integration.message", "integration.attempt"):
            self._add_up(ledger)

    @api.model
    def _add_up(self, ledger):
        self.env.cr.commit()  # the lock must come before the transaction's snapshot
        try:
            settled = find_settled_id(self.env.cr, self.env[ledger]._table)
        except LockNotAvailable:
            # A long transaction is writing to the log; the next minute will do.
            self.env.cr.rollback()
            return
        self.env.cr.commit()  # lets go of the ledger
        while True:
            # Locked, so that two processes cannot count the same rows.
            first = queries.lock_cursor(self.env.cr, ledger)
            last = min(settled, first + STEP)
            if last > first:
                queries.add_up(self.env.cr, ledger, first, last)
                queries.move_cursor(self.env.cr, ledger, last)
            self.env["ir.cron"]._commit_progress(1)
            if last >= settled:
                break
        for name in ("cursor", "hour", "total"):
            self.env[f"integration.flow.{name}"].invalidate_model()
