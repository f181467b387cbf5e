from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib import switching

KIND = [
    ("lot", "Lot inspected"),
    ("skipped", "Lot skipped"),
    ("resumed", "Inspection resumed"),
    ("irregular", "Back to normal"),
    ("tighten", "Tightened"),
]
PROCEDURE = [
    ("normal", "Normal"),
    ("tightened", "Tightened"),
    ("reduced", "Reduced"),
    ("discontinued", "Discontinued"),
]


class QualitySamplingEntry(models.Model):
    """The ledger that switching and skip-lot are read from; never edited.

    One history per product, supplier and plan, over all versions of the plan.
    """

    _name = "quality.sampling.entry"
    _inherit = "append.only.mixin"
    _description = "Sampling Ledger"
    _order = "id desc"
    _log_access = False

    plan_id = fields.Many2one(
        "quality.inspection.plan", required=True, ondelete="restrict", readonly=True
    )
    origin_id = fields.Many2one(
        "quality.inspection.plan", required=True, ondelete="restrict", readonly=True
    )
    product_id = fields.Many2one(
        "product.product", required=True, ondelete="restrict", readonly=True
    )
    partner_id = fields.Many2one("res.partner", ondelete="restrict", readonly=True)
    company_id = fields.Many2one("res.company", ondelete="restrict", readonly=True)
    inspection_id = fields.Many2one(
        "quality.inspection", ondelete="restrict", readonly=True
    )
    kind = fields.Selection(KIND, required=True, readonly=True)
    accepted = fields.Boolean(readonly=True)
    nonconforming = fields.Integer(readonly=True)
    acceptance = fields.Integer(string="Ac", readonly=True)
    tighter_acceptance = fields.Integer(
        readonly=True, default=-1, help="Ac one AQL step tighter; −1: not comparable."
    )
    procedure = fields.Selection(PROCEDURE, string="Then", required=True, readonly=True)
    score = fields.Integer(string="Switching score", readonly=True)
    note = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users", required=True, ondelete="restrict", readonly=True
    )
    recorded_at = fields.Datetime(required=True, readonly=True)

    _history_index = models.Index("(origin_id, product_id, partner_id, id)")

    @api.model
    def _find_history(self, plan, product, partner):
        """Return the entries of one product, supplier and plan, oldest first."""
        return self.search(
            [
                ("origin_id", "=", plan.origin_id.id),
                ("product_id", "=", product.id),
                ("partner_id", "=", partner.commercial_partner_id.id),
            ],
            order="id",
        )

    def _fold(self, plan):
        """Return the ``lib.switching.State`` after these entries, oldest first."""
        lots = self.filtered(lambda entry: entry.kind != "skipped")
        return switching.fold(
            [entry._prepare_entry() for entry in lots], plan._prepare_switching_rules()
        )

    def _may_skip(self, plan):
        """Tell whether the next lot is let through without inspection."""
        words = [
            "skipped"
            if entry.kind == "skipped"
            else ("accepted" if entry.accepted else "rejected")
            for entry in self
            if entry.kind in ("lot", "skipped")
        ]
        loose = self._fold(plan).procedure in ("normal", "reduced")
        return loose and switching.may_skip(words, plan._prepare_skip_rule())

    def _prepare_entry(self):
        self.ensure_one()
        tighter = self.tighter_acceptance
        return switching.Entry(
            kind=self.kind,
            accepted=self.accepted,
            nonconforming=self.nonconforming,
            acceptance=self.acceptance,
            tighter_acceptance=None if tighter < 0 else tighter,
        )

    @api.model
    def _record(self, plan, product, partner, **values):
        """Append one entry with the state that follows from it, and return it."""
        partner = partner.commercial_partner_id
        history = self._find_history(plan, product, partner)
        entry = self.new(values)
        state = history._fold(plan)
        if entry.kind != "skipped":
            rules = plan._prepare_switching_rules()
            state = switching.advance(state, entry._prepare_entry(), rules)
        return self.create(
            {
                "plan_id": plan.id,
                "origin_id": plan.origin_id.id,
                "product_id": product.id,
                "partner_id": partner.id,
                "company_id": plan.company_id.id,
                "procedure": state.procedure,
                "score": state.score,
                "user_id": self.env.uid,
                "recorded_at": fields.Datetime.now(),
                **values,
            }
        )

    def action_resume(self):
        """Take up inspection again after the supplier has improved (ISO 2859-1, 9.4)."""
        self.ensure_one()
        if self.procedure != "discontinued":
            raise UserError(self.env._("Inspection is not discontinued."))
        return self._decide("resumed", self.env._("The supplier has improved."))

    def action_tighten(self):
        self.ensure_one()
        return self._decide("tighten", self.env._("Decided by hand."))

    def action_normalise(self):
        self.ensure_one()
        return self._decide("irregular", self.env._("Production is not steady."))

    def _decide(self, kind, note):
        if not self.env.user.has_group("lot_disposition.lot_disposition_group_manager"):
            raise AccessError(self.env._("Only the quality manager decides that."))
        # The right was checked; the ledger has no other writer.
        self.sudo()._record(
            self.plan_id, self.product_id, self.partner_id, kind=kind, note=note
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
