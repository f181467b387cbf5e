from odoo import api, fields, models
from odoo.exceptions import UserError

from .quality_defect_code import SEVERITY

MANAGER = "lot_disposition.lot_disposition_group_manager"
STATE = [
    ("open", "Open"),
    ("contained", "Contained"),
    ("reviewed", "Reviewed"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
SCOPE = [
    ("lot", "This lot, or this product without lot"),
    ("receipt", "Everything of the receipt"),
    ("supplier_lot", "Every lot of the supplier's lot"),
]


class QualityNonconformance(models.Model):
    """Something that is not as specified, and what is done about it."""

    _name = "quality.nonconformance"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "quality.guard.mixin",
        "integration.own.company.mixin",
    ]
    _description = "Nonconformance"
    _order = "id desc"
    _rec_names_search = ["name", "lot_id.name", "external_ref"]
    _check_company_auto = True
    # These follow from buttons, which check who may do what.
    _guarded_fields = frozenset(
        {
            "name",
            "state",
            "contained_lot_ids",
            "closed_at",
            "inspection_id",
            "system_id",
        }
    )

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    state = fields.Selection(
        STATE,
        required=True,
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    severity = fields.Selection(SEVERITY, required=True, default="major", tracking=True)
    defect_code_ids = fields.Many2many("quality.defect.code", string="Defects")
    description = fields.Text(required=True)
    conclusion = fields.Text(help="What was decided and done; needed to close.")
    inspection_id = fields.Many2one(
        "quality.inspection", index="btree_not_null", readonly=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="restrict"
    )
    lot_id = fields.Many2one(
        "stock.lot",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('product_id', '=', product_id)]",
    )
    lot_disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition"
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Receipt", index="btree_not_null", check_company=True
    )
    purchase_id = fields.Many2one(
        related="picking_id.purchase_id", string="Purchase order"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Supplier", index="btree_not_null", tracking=True
    )
    quantity = fields.Float(digits="Product Unit", tracking=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    user_id = fields.Many2one(
        "res.users", string="Owner", tracking=True, default=lambda self: self.env.user
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    date_due = fields.Date(string="Due", tracking=True)
    closed_at = fields.Datetime(readonly=True, copy=False)
    scope = fields.Selection(SCOPE, required=True, default="lot", string="Contain")
    contained_lot_ids = fields.Many2many(
        "stock.lot", string="Contained lots", readonly=True, copy=False
    )
    decision_ids = fields.One2many(
        "quality.nonconformance.decision", "nonconformance_id", string="Decisions"
    )
    cost_ids = fields.One2many(
        "quality.nonconformance.cost", "nonconformance_id", string="Costs"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cost = fields.Monetary(compute="_compute_cost", store=True)
    charged_cost = fields.Monetary(
        string="Charged to the supplier", compute="_compute_cost", store=True
    )
    refund_ids = fields.One2many("account.move", "nonconformance_id", readonly=True)
    corrective_action_id = fields.Many2one(
        "quality.corrective.action",
        string="8D report",
        index="btree_not_null",
        check_company=True,
    )
    system_id = fields.Many2one(
        "integration.system",
        string="System of record",
        readonly=True,
        help="The QMS that owns it; Odoo follows what it reports.",
    )
    external_ref = fields.Char(string="Number there", readonly=True, copy=False)

    _external_unique = models.UniqueIndex(
        "(system_id, external_ref) WHERE external_ref IS NOT NULL",
        "This nonconformance of the system is on record already.",
    )
    _quantity_not_negative = models.Constraint(
        "CHECK(quantity >= 0)", "A nonconformance is not about less than nothing."
    )
    _supplier_index = models.Index("(partner_id, create_date)")

    @api.depends("cost_ids.amount", "cost_ids.is_charged")
    def _compute_cost(self):
        for one in self:
            one.cost = sum(one.cost_ids.mapped("amount"))
            one.charged_cost = sum(one.cost_ids.filtered("is_charged").mapped("amount"))

    @api.onchange("lot_id")
    def _onchange_lot_id(self):
        if self.lot_id:
            self.product_id = self.lot_id.product_id
            self.quantity = self.quantity or self.lot_id.product_qty

    # Guarding --------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        nonconformances = super().create(vals_list)
        nonconformances._on_opened()
        return nonconformances

    def _complete_create_vals(self, vals):
        if vals.get("lot_id") and not vals.get("product_id"):
            lot = self.env["stock.lot"].browse(vals["lot_id"])
            vals = dict(vals, product_id=lot.product_id.id)
        if not vals.get("company_id"):
            vals = dict(vals, company_id=self._get_company_of(vals).id)
        return self._take_number(vals)

    def _get_company_of(self, vals):
        """Return the company whose goods it is about, of those the user works for."""
        lot = self.env["stock.lot"].browse(vals.get("lot_id"))
        receipt = self.env["stock.picking"].browse(vals.get("picking_id"))
        company = receipt.company_id or lot.company_id
        return company if company in self.env.companies else self.env.company

    def write(self, vals):
        self._check_not_ended()
        result = super().write(vals)
        if {"defect_code_ids", "partner_id", "product_id"} & vals.keys():
            # What it is may be known only later.
            self._reopen_recurring()
        return result

    def _check_not_ended(self):
        """:raises UserError: it is closed, with its decisions and costs."""
        closed = self.filtered(lambda one: one.state in ("closed", "cancelled"))
        if closed and not self.env.su:
            raise UserError(
                self.env._("%s is closed: reopen it to change it.", closed[0].name)
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_record(self):
        raise UserError(
            self.env._(
                "Nonconformances stay on record. Cancel it with a reason instead."
            )
        )

    def _on_opened(self):
        """Hook: these have just been opened, in this transaction."""
        self._publish("nonconformance.opened")
        self._reopen_recurring()

    def _reopen_recurring(self):
        """What comes back opens its corrective action again, whoever found it."""
        Action = self.env["quality.corrective.action"].sudo()
        for one in self.sudo().filtered(lambda one: not one._is_found_again()):
            recurring = Action._find_recurring(one)
            if recurring:
                recurring._reopen(one)

    def _is_found_again(self):
        """Tell whether it is about goods that failed before, and were sorted or reworked."""
        self.ensure_one()
        decisions = self.env["quality.nonconformance.decision"]
        return bool(self.inspection_id) and bool(
            decisions.search_count([("inspection_id", "=", self.inspection_id.id)], limit=1)
        )

    def _set_state(self, state, **values):
        """Write the state; callers checked who may, and it has no other writer."""
        self.check_access("write")
        self.sudo().write({"state": state, **values})
        if state != "contained":
            self._publish(
                f"nonconformance.{'updated' if state != 'closed' else 'closed'}"
            )

    def _check_owned_here(self):
        """:raises UserError: another system decides about it."""
        for one in self:
            # Whoever decides need not read connected systems; a refusal names the owner.
            system = one.sudo().system_id
            if system and not self.env.su and self.env.user != system.user_id:
                raise UserError(
                    self.env._(
                        "%(name)s belongs to %(system)s, its system of record. Decide "
                        "there; Odoo follows.",
                        name=one.name,
                        system=system.name,
                    )
                )

    # Review ----------------------------------------------------------------

    def action_review(self):
        """Close the material review: every quantity has a decision."""
        self._check_manager()
        for one in self:
            one._check_owned_here()
            one._check_decided()
            decided = sum(one.decision_ids.mapped("quantity"))
            if one.uom_id.compare(decided, one.quantity) < 0:
                raise UserError(
                    self.env._(
                        "%(name)s is about %(quantity)s %(unit)s, decided are "
                        "%(decided)s.",
                        name=one.name,
                        quantity=one.quantity,
                        unit=one.uom_id.name,
                        decided=decided,
                    )
                )
            one._set_state("reviewed")

    def _check_decided(self):
        """:raises UserError: nobody said what happens with the goods."""
        if not self.decision_ids:
            raise UserError(
                self.env._("Decide first what happens with the goods of %s.", self.name)
            )

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise UserError(self.env._("Only the quality manager decides that."))

    def action_close(self):
        for one in self:
            one._check_owned_here()
            if not one.conclusion:
                raise UserError(
                    self.env._(
                        "Write down what was decided and done before closing %s.",
                        one.name,
                    )
                )
            lots = one.contained_lot_ids
            if lots.filtered(lambda x: x.disposition == "quarantined" and x.product_qty > 0):
                one._check_decided()  # else they lie there, and are nobody's
            waiting = one.decision_ids.filtered(lambda d: not d._is_carried_out())
            if waiting:
                raise UserError(
                    self.env._(
                        "%(name)s: '%(decision)s' is decided but not carried out.",
                        name=one.name,
                        decision=waiting[0].display_name,
                    )
                )
            one._set_state("closed", closed_at=fields.Datetime.now())

    def action_cancel(self):
        self._check_manager()
        self._check_owned_here()
        for one in self:
            if not one.conclusion:
                raise UserError(
                    self.env._("Write down why %s is no nonconformance.", one.name)
                )
            one._set_state("cancelled", closed_at=fields.Datetime.now())

    def action_reopen(self):
        self._check_owned_here()
        self._set_state("open", closed_at=False)

    def _get_reason(self):
        self.ensure_one()
        first_line = self.description.split("\n", 1)[0][:200]
        return self.env._(
            "%(name)s: %(description)s", name=self.name, description=first_line
        )

    # Events ----------------------------------------------------------------

    def _publish(self, code):
        for one in self:
            self.env["integration.message"]._publish(
                code,
                one,
                one._prepare_payload(),
                order_key=f"nonconformance:{one.id}",
            )

    def _prepare_payload(self):
        one = self.sudo()  # what receivers are told is what their scope grants
        return {
            "nonconformance": one.name,
            "state": one.state,
            "item": one.product_id._get_item_code(),
            "lot": one.lot_id.name or "",
            "quantity": one.quantity,
            "unit": one.uom_id.name,
            "supplier": one.partner_id.name or "",
            "severity": one.severity,
            "defects": one.defect_code_ids.mapped("code"),
            "description": one.description,
            "inspection": one.inspection_id.name or "",
            "contained": one.contained_lot_ids.mapped("name"),
            "decisions": [
                {"decision": decision.decision, "quantity": decision.quantity}
                for decision in one.decision_ids
            ],
        }
