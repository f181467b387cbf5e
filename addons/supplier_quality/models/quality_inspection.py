from math import ceil

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..lib.sampling_tables import SEVERITIES
from .quality_inspection_plan import OPERATION

OPEN_STATES = ("draft", "in_progress")
MANAGER = "lot_disposition.lot_disposition_group_manager"
# What may no longer change once somebody looks at the goods.
IDENTITY_FIELDS = {
    *("plan_id", "product_id", "lot_id", "picking_id", "quantity", "partner_id"),
}
OF_WHAT = "An inspection is of a lot, or of goods without one that wait in a place."


class QualityInspection(models.Model):
    """The inspection of one lot, from request to verdict.

    Or of goods without a lot, see ``quality_inspection_place.py``.
    """

    _name = "quality.inspection"
    _inherit = ["mail.thread", "mail.activity.mixin", "quality.guard.mixin"]
    _description = "Inspection"
    _order = "id desc"
    _rec_names_search = ["name", "lot_id.name"]
    _check_company_auto = True
    # These follow from receipts and results, and from nothing else.
    _guarded_fields = frozenset(
        {
            *("name", "state", "findings", "nonconforming", "decided_at"),
            *("decided_by_id", "sample_size", "acceptance", "rejection"),
            *("letter", "severity", "is_full", "tighter_acceptance", "operation"),
            *("receipt_line_ids", "company_id", "held_location_id"),
            *("release_location_id", "release_permit_id"),
        }
    )

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    operation = fields.Selection(OPERATION, required=True, default="demand")
    plan_id = fields.Many2one(
        "quality.inspection.plan", required=True, ondelete="restrict", index=True
    )
    plan_note = fields.Html(related="plan_id.note")
    requires_certificate = fields.Boolean(related="plan_id.requires_certificate")
    system_id = fields.Many2one(related="plan_id.system_id")
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="restrict"
    )
    lot_id = fields.Many2one(
        "stock.lot", index="btree_not_null", ondelete="restrict", check_company=True
    )
    lot_disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition"
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Receipt", index="btree_not_null"
    )
    receipt_line_ids = fields.One2many("stock.move.line", "quality_inspection_id")
    partner_id = fields.Many2one(
        "res.partner", string="Supplier", index="btree_not_null"
    )
    quantity = fields.Float(digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one("res.users", string="Inspector", tracking=True)
    state = fields.Selection(
        [
            ("draft", "To inspect"),
            ("in_progress", "In progress"),
            ("passed", "Passed"),
            ("failed", "Failed"),
            ("skipped", "Skipped"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        index=True,
    )
    severity = fields.Selection(
        [(severity, severity.capitalize()) for severity in SEVERITIES],
        readonly=True,
        default="normal",
        string="Inspection is",
    )
    letter = fields.Char(string="Code letter", readonly=True)
    sample_size = fields.Integer(string="Samples", readonly=True, default=1)
    acceptance = fields.Integer(string="Ac", readonly=True)
    rejection = fields.Integer(string="Re", readonly=True, default=1)
    is_full = fields.Boolean(string="100 %", readonly=True)
    tighter_acceptance = fields.Integer(readonly=True, default=-1)
    sampling_text = fields.Char(string="Sampling", compute="_compute_sampling_text")
    result_ids = fields.One2many("quality.inspection.result", "inspection_id")
    progress = fields.Char(compute="_compute_progress")
    findings = fields.Text(readonly=True, help="Results out of limits.")
    nonconforming = fields.Integer(readonly=True, help="Nonconforming samples.")
    decided_at = fields.Datetime(readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    nonconformance_ids = fields.One2many("quality.nonconformance", "inspection_id")
    nonconformance_count = fields.Integer(compute="_compute_nonconformance_count")

    _of_something = models.Constraint(
        "CHECK (num_nonnulls(lot_id, held_location_id) = 1)", OF_WHAT
    )
    _open_by_lot_index = models.Index(
        "(lot_id) WHERE state IN ('draft', 'in_progress')"
    )
    _decided_index = models.Index(
        "(partner_id, decided_at) WHERE state IN ('passed', 'failed')"
    )

    # Computed --------------------------------------------------------------

    @api.depends("nonconformance_ids")
    def _compute_nonconformance_count(self):
        for inspection in self:
            inspection.nonconformance_count = len(inspection.nonconformance_ids)

    @api.depends(*("sample_size", "acceptance", "rejection", "letter", "is_full"))
    def _compute_sampling_text(self):
        for one in self:
            text = self.env._(
                "%(size)s samples, accepted with %(acceptance)s, rejected with "
                "%(rejection)s nonconforming",
                size=one.sample_size,
                acceptance=one.acceptance,
                rejection=one.rejection,
            )
            if one.letter:
                text = self.env._(
                    "Letter %(letter)s: %(text)s", letter=one.letter, text=text
                )
            one.sampling_text = text

    @api.depends("result_ids.is_entered", "sample_size")
    def _compute_progress(self):
        for inspection in self:
            entered = inspection.result_ids.filtered("is_entered")
            inspection.progress = self.env._(
                "%(done)s of %(all)s",
                done=sum(entered.mapped("sample_count")),
                all=sum(
                    one._get_sample_count(inspection.sample_size)
                    for one in inspection.plan_id.characteristic_ids
                ),
            )

    # Creating --------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        inspections = super().create(vals_list)
        inspections._check_goods()
        for inspection in inspections:
            inspection._draw_samples()
        return inspections

    def _complete_create_vals(self, vals):
        lot = self.env["stock.lot"].browse(vals.get("lot_id"))
        vals = {"product_id": lot.product_id.id, **vals}
        if lot.company_id and not vals.get("company_id"):
            vals["company_id"] = lot.company_id.id
        return self._take_number(vals)

    def write(self, vals):
        if IDENTITY_FIELDS & vals.keys() and not self.env.su:
            self._check_identity_change()
        result = super().write(vals)
        if IDENTITY_FIELDS & vals.keys():
            self._check_goods()
        return result

    def _check_goods(self):
        """Nobody inspects goods by the plan of others; a review goes by the plan that failed.

        :raises ValidationError: names the plan and the goods.
        """
        for one in self.filtered(lambda _one: not self.env.su):
            of_lot = not one.lot_id or one.lot_id.product_id == one.product_id
            if not (of_lot and one.plan_id._is_for(one.product_id)):
                raise ValidationError(
                    self.env._(
                        "Plan %(plan)s does not inspect %(goods)s.",
                        plan=one.plan_id.display_name,
                        goods=one.lot_id.display_name or one.product_id.display_name,
                    )
                )

    def _check_identity_change(self):
        """:raises UserError: what a receipt brought, or what has begun, stays."""
        for inspection in self:
            # A line counts whoever may read it; a refusal is all that leaves here.
            if inspection.state != "draft" or inspection.sudo().receipt_line_ids:
                raise UserError(
                    self.env._(
                        "%s inspects certain goods by a certain plan; these stay. "
                        "Correct the receipt, or inspect the lot once more.",
                        inspection.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        raise UserError(
            self.env._("Inspections stay on record. Cancel the inspection instead.")
        )

    def _draw_samples(self):
        """Say how many samples are drawn, by plan and switching, and make their rows."""
        self.ensure_one()
        inspection = self.sudo()  # drawn by rule, whoever receives the goods
        history = inspection._get_history()
        severity = history._fold(inspection.plan_id).severity
        drawn = inspection.plan_id._draw(
            inspection.product_id, inspection.quantity, severity
        )
        tighter = drawn.tighter_acceptance
        inspection.write(
            {
                "severity": severity,
                "letter": drawn.letter,
                "sample_size": drawn.sample_size,
                "acceptance": drawn.acceptance,
                "rejection": drawn.rejection,
                "is_full": drawn.full,
                "tighter_acceptance": -1 if tighter is None else tighter,
            }
        )
        inspection._make_result_rows()

    def _draw_all(self):
        """Inspect every item, whatever the plan draws."""
        for inspection in self.sudo():  # decided by the material review
            size = max(1, ceil(inspection.quantity))
            inspection.write(
                {"sample_size": size, "is_full": True, "acceptance": 0, "rejection": 1}
            )
            inspection._make_result_rows()

    def _get_history(self):
        return self.env["quality.sampling.entry"]._find_history(
            self.plan_id, self.product_id, self.partner_id
        )

    def _make_result_rows(self):
        """Replace the rows to fill in; what was entered stays."""
        self.result_ids.filtered(lambda row: not row.is_entered).unlink()
        there = {(row.characteristic_id, row.sample_number) for row in self.result_ids}
        self.result_ids = [
            Command.create(vals)
            for vals in self._prepare_empty_results()
            if (vals.pop("_characteristic"), vals["sample_number"]) not in there
        ]

    def _prepare_empty_results(self):
        """Return a row per measured sample, and one per characteristic that is counted."""
        rows = []
        for characteristic in self.plan_id.characteristic_ids:
            count = characteristic._get_sample_count(self.sample_size)
            counted = characteristic.kind == "attributive"
            rows += [
                {
                    "_characteristic": characteristic,
                    "characteristic_id": characteristic.id,
                    "sample_number": number,
                    "sample_count": count if counted else 1,
                }
                for number in range(1, 2 if counted else count + 1)
            ]
        return rows

    # Buttons ---------------------------------------------------------------

    def action_start(self):
        self._check_open()
        self.check_access("write")
        self._set_started()

    def _set_started(self):
        waiting = self.filtered(lambda i: i.state == "draft")
        # Callers checked the right to write; the state has no other writer.
        waiting.sudo().write({"state": "in_progress", "user_id": self.env.uid})

    def action_cancel(self):
        """Give up an inspection. The lot stays on hold until a manager decides."""
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(
                self.env._("Only the quality manager can cancel an inspection.")
            )
        self._check_open()
        self.sudo().write({"state": "cancelled"})  # the right was just checked

    def action_open_nonconformances(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Nonconformances"),
            "res_model": "quality.nonconformance",
            "view_mode": "list,form",
            "domain": [("inspection_id", "=", self.id)],
        }

    def action_open_history(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_sampling_entry_action"
        )
        return dict(action, domain=[("id", "in", self._get_history().ids)], context={})

    def _check_open(self):
        closed = self.filtered(lambda i: i.state not in OPEN_STATES)
        if closed:
            raise UserError(self.env._("%s is decided already.", closed[0].name))
