from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.verdict import Observation, Requirement, judge

OPEN_STATES = ("draft", "in_progress")
STATE = [
    ("draft", "To do"),
    ("in_progress", "In progress"),
    ("passed", "Passed"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
# What may no longer change once somebody looks at the goods.
IDENTITY_FIELDS = {"lot_id", "plan_id", "quantity", "sample_size", "company_id"}
# What a receipt says about its goods is not corrected here but there.
RECEIPT_FIELDS = {"lot_id", "quantity", "company_id", "picking_id", "partner_id"}
MANAGER = "lot_disposition.lot_disposition_group_manager"


class QualityInspection(models.Model):
    """The inspection of one received lot, from request to verdict."""

    _name = "quality.inspection"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "quality.goods.mixin",
        "quality.guard.mixin",
    ]
    _description = "Inspection"
    _order = "id desc"
    _rec_names_search = ["name", "lot_id.name", "product_id.name"]
    _check_company_auto = True
    # These follow from receipts and results, and from nothing else.
    _guarded_fields = frozenset(
        {
            "name",
            "state",
            "decided_at",
            "decided_by_id",
            "revision",
            "receipt_line_ids",
        }
    )

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/"
    )
    state = fields.Selection(
        STATE,
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        index=True,
        group_expand=True,
    )
    plan_id = fields.Many2one(
        "quality.inspection.plan",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    plan_note = fields.Html(related="plan_id.note", string="Instructions")
    lot_id = fields.Many2one(
        "stock.lot",
        string="Lot/Serial Number",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    product_id = fields.Many2one(
        related="lot_id.product_id", store=True, index=True, string="Product"
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Receipt", index="btree_not_null", check_company=True
    )
    receipt_line_ids = fields.One2many(
        "stock.move.line", "quality_inspection_id", readonly=True
    )
    is_from_receipt = fields.Boolean(compute="_compute_is_from_receipt")
    partner_id = fields.Many2one(
        "res.partner", string="Supplier", index="btree_not_null", check_company=True
    )
    quantity = fields.Float(digits="Product Unit", tracking=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    sample_size = fields.Integer(
        string="Samples",
        compute="_compute_sample_size",
        store=True,
        readonly=False,
        help="Results needed for each characteristic.",
    )
    result_ids = fields.One2many("quality.inspection.result", "inspection_id")
    # Grows with every recorded result: two results at the same moment write the same
    # row, the second runs again and sees the first. So the last one finds the verdict.
    revision = fields.Integer(readonly=True, copy=False)
    verdict = fields.Selection(
        [("open", "Open"), ("passed", "Pass"), ("failed", "Fail")],
        compute="_compute_verdict",
        string="Results say",
    )
    verdict_text = fields.Char(compute="_compute_verdict")
    progress = fields.Char(compute="_compute_verdict")
    lot_disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition of the lot"
    )
    user_id = fields.Many2one("res.users", string="Inspector", tracking=True)
    decided_at = fields.Datetime(string="Decided on", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    nonconformance_ids = fields.One2many("quality.nonconformance", "inspection_id")
    nonconformance_count = fields.Integer(compute="_compute_nonconformance_count")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _name_unique = models.Constraint(
        "UNIQUE(name)", "An inspection with this number exists already."
    )
    _sample_size_positive = models.Constraint(
        "CHECK(sample_size > 0)", "An inspection takes at least one sample."
    )
    _open_by_lot_index = models.Index(
        "(lot_id) WHERE state IN ('draft', 'in_progress')"
    )

    # Computed --------------------------------------------------------------

    @api.depends("lot_id", "quantity", "plan_id")
    def _compute_sample_size(self):
        for inspection in self:
            # Once samples are drawn, a corrected quantity draws no others.
            if inspection.state == "draft" and inspection.plan_id:
                inspection.sample_size = inspection.plan_id._get_sample_size(
                    inspection.product_id, inspection.quantity
                )
            else:
                inspection.sample_size = inspection.sample_size or 1

    @api.depends(
        "sample_size",
        "result_ids.conformity",
        "result_ids.sample_number",
        "plan_id.characteristic_ids",
    )
    def _compute_verdict(self):
        for inspection in self:
            verdict = inspection._judge()
            inspection.verdict = verdict.outcome
            inspection.verdict_text = inspection._describe_verdict(verdict)
            inspection.progress = inspection._describe_progress(verdict)

    @api.depends("receipt_line_ids")
    def _compute_is_from_receipt(self):
        for inspection in self:
            # Whoever inspects need not be allowed to read the receipt.
            inspection.is_from_receipt = bool(inspection.sudo().receipt_line_ids)

    @api.depends("nonconformance_ids")
    def _compute_nonconformance_count(self):
        for inspection in self:
            inspection.nonconformance_count = len(inspection.nonconformance_ids)

    def _judge(self):
        """Return the ``lib.verdict.Verdict`` of the results recorded so far."""
        self.ensure_one()
        return judge(
            [
                Requirement(characteristic.code, self.sample_size)
                for characteristic in self.plan_id.characteristic_ids
            ],
            [
                Observation(
                    result.characteristic_id.code,
                    result.sample_number,
                    result.conformity == "conform",
                )
                for result in self.result_ids
                if result.conformity != "open"
            ],
        )

    def _describe_verdict(self, verdict):
        if verdict.failures:
            return self.env._(
                "Out of specification: %s", self._describe_failures(verdict)
            )
        if verdict.outcome == "passed":
            return self.env._("All results are within specification.")
        names = {one.code: one.name for one in self.plan_id.characteristic_ids}
        missing = ", ".join(
            f"{names[code]} ({count})" for code, count in verdict.missing
        )
        if not missing:
            return self.env._("The plan has no characteristics yet.")
        return self.env._("Results missing: %s", missing)

    def _describe_failures(self, verdict, limit=5):
        """Name the failing values with their limits; the first ones, if many."""
        failing = {(one.code, one.sample) for one in verdict.failures}
        results = self.result_ids.filtered(
            lambda result: (
                (result.characteristic_id.code, result.sample_number) in failing
            )
        ).sorted(
            lambda r: (
                r.characteristic_id.sequence,
                r.characteristic_id.id,
                r.sample_number,
            )
        )
        parts = [result._describe() for result in results[:limit]]
        if len(results) > limit:
            parts.append(self.env._("and %s more", len(results) - limit))
        return "; ".join(parts)

    def _describe_progress(self, verdict):
        needed = len(self.plan_id.characteristic_ids) * self.sample_size
        done = needed - sum(count for _code, count in verdict.missing)
        return self.env._("%(done)s of %(needed)s results", done=done, needed=needed)

    def _is_open(self):
        self.ensure_one()
        return self.state in OPEN_STATES

    def _get_common_state(self):
        """Return open, failed or passed for a group of inspections, or False."""
        states = set(self.mapped("state")) - {"cancelled"}
        if not states:
            return False
        if states & set(OPEN_STATES):
            return "open"
        return "failed" if "failed" in states else "passed"

    # Guarding --------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        inspections = super().create(vals_list)
        inspections._on_requested()
        return inspections

    def _complete_create_vals(self, vals):
        return self._take_number(super()._complete_create_vals(vals))

    def write(self, vals):
        if not self.env.su:
            self._check_identity_change(vals)
        return super().write(vals)

    def _check_identity_change(self, vals):
        """Keep what is inspected, and how thoroughly, from being changed on the way.

        :raises UserError: says why.
        """
        manager = self.env.user.has_group(MANAGER)
        for inspection in self:
            if IDENTITY_FIELDS & vals.keys() and inspection.state != "draft":
                raise UserError(
                    self.env._(
                        "%s has begun: its lot, plan and quantity stay as they are.",
                        inspection.name,
                    )
                )
            if RECEIPT_FIELDS & vals.keys() and inspection.is_from_receipt:
                raise UserError(
                    self.env._(
                        "%s inspects what a receipt brought: correct the receipt, and "
                        "the inspection follows.",
                        inspection.name,
                    )
                )
            if {"plan_id", "sample_size"} & vals.keys() and not manager:
                raise AccessError(
                    self.env._(
                        "Only the quality manager changes the plan or the number of "
                        "samples of %s.",
                        inspection.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        raise UserError(
            self.env._("Inspections stay on record. Cancel the inspection instead.")
        )

    # Buttons ---------------------------------------------------------------

    def action_open_lot(self):
        self.ensure_one()
        return self.lot_id._get_records_action()

    def action_open_nonconformances(self):
        self.ensure_one()
        return self.env["quality.nonconformance"]._get_action_for(
            self.nonconformance_ids, self._get_nonconformance_context()
        )

    def _get_nonconformance_context(self):
        return {
            "default_inspection_id": self.id,
            "default_lot_id": self.lot_id.id,
            "default_picking_id": self.picking_id.id,
            "default_partner_id": self.partner_id.id,
            "default_quantity": self.quantity,
        }

    @api.model
    def _get_action_for(self, inspections, context):
        """Return the action that shows these: the form when there is but one."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_action"
        )
        action["context"] = context
        action["domain"] = [("id", "in", inspections.ids)]
        if len(inspections) == 1:
            form = self.env.ref("supplier_quality.quality_inspection_view_form")
            action.update(res_id=inspections.id, views=[(form.id, "form")])
        return action
