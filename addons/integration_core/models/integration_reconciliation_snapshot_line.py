from odoo import fields, models

from ..lib.reconciliation import DEFAULT_MEASURE


class IntegrationReconciliationSnapshotLine(models.Model):
    """One figure of the other side; written in bulk and read by one statement."""

    _name = "integration.reconciliation.snapshot.line"
    _description = "Snapshot Line"
    _log_access = False

    run_id = fields.Many2one(
        "integration.reconciliation", required=True, index=True, ondelete="cascade"
    )
    key_1 = fields.Integer(required=True, default=0)
    key_2 = fields.Integer(required=True, default=0)
    key_3 = fields.Integer(required=True, default=0)
    key_4 = fields.Integer(required=True, default=0)
    measure = fields.Char(required=True, default=DEFAULT_MEASURE)
    quantity = fields.Float(digits=0, required=True)
