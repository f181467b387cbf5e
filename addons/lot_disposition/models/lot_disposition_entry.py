from odoo import api, fields, models

from .lot_disposition_queries import install_guard

STATUS = [
    ("pending", "Pending"),
    ("released", "Released"),
    ("restricted", "Restricted"),
    ("quarantined", "Quarantined"),
    ("rejected", "Rejected"),
]
PATH = [
    ("ui", "By hand"),
    ("rpc", "Interface"),
    ("message", "Message"),
    ("inspection", "Inspection"),
    ("recall", "Recall"),
    ("system", "Rule"),
]
KIND = [
    ("disposition", "Disposition changed"),
    ("permit", "Permit granted"),
    ("permit_use", "Permit used"),
    ("permit_revoked", "Permit revoked"),
    ("identity", "Renamed"),
    ("correction", "Corrected"),
    ("taken_out", "Taken out of its place"),
    ("split", "Split"),
    ("quarantine", "Quarantine place set up or given up"),
]


class LotDispositionEntry(models.Model):
    """One decision about what goods may be used for. Never edited.

    The database reads it: what it lets through on held goods must stand here, written
    in the same transaction. See ``data/lot_disposition_guard.sql``.
    """

    _name = "lot.disposition.entry"
    _inherit = "append.only.mixin"
    _description = "Disposition Ledger"
    _order = "id desc"
    _log_access = False

    kind = fields.Selection(KIND, required=True, readonly=True, default="disposition")
    lot_id = fields.Many2one(
        "stock.lot", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    package_id = fields.Many2one(
        "stock.package", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    location_id = fields.Many2one(
        "stock.location", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    subject = fields.Char(
        readonly=True, help="Name of the lot, package or place when it was written."
    )
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    from_status = fields.Selection(STATUS, string="From", readonly=True)
    to_status = fields.Selection(STATUS, string="To", required=True, readonly=True)
    quantity = fields.Float(
        readonly=True,
        digits="Product Unit",
        help="What it was about: of a lot as a whole, what was on hand.",
    )
    reason = fields.Char(required=True, readonly=True)
    path = fields.Selection(PATH, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    recorded_at = fields.Datetime(required=True, readonly=True)
    request_id = fields.Many2one(
        "lot.disposition.request",
        string="Approvals",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Source document", model_field="res_model", readonly=True
    )
    transaction_id = fields.Char(
        readonly=True, help="Transaction of the database that wrote it."
    )

    _one_subject = models.Constraint(
        "CHECK (num_nonnulls(lot_id, package_id, location_id) <= 1)",
        "An entry is about one lot, one package or one place at most.",
    )

    def init(self):
        result = super().init()
        # The guard reads tables that do not exist yet when this one is made.
        self.pool.post_init(install_guard, self.env)
        return result

    @api.depends("subject", "to_status")
    def _compute_display_name(self):
        labels = dict(STATUS)
        for entry in self:
            entry.display_name = f"{entry.subject}: {labels.get(entry.to_status)}"
