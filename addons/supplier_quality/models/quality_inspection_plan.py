from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..lib.plan_choice import Candidate, Goods, choose
from ..lib.sampling import sample_size

STARTED = ("in_progress", "passed", "failed")


class QualityInspectionPlan(models.Model):
    """What to inspect when goods of a product or category come in.

    A plan that inspections have used is not edited: the next version takes its place.
    """

    _name = "quality.inspection.plan"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Inspection Plan"
    _order = "name, version desc"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True, copy=False)
    version = fields.Integer(default=1, readonly=True, copy=False, tracking=True)
    previous_id = fields.Many2one(
        "quality.inspection.plan",
        string="Replaces",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company
    )
    operation = fields.Selection(
        [("receipt", "Receipt from a supplier")], required=True, default="receipt"
    )
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        tracking=True,
        index="btree_not_null",
        help="Either a product or a category.",
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Product category",
        tracking=True,
        index="btree_not_null",
        help="Covers every product of the category and below it that has lots, unless "
        "a plan of its own goes before it.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Supplier",
        check_company=True,
        tracking=True,
        index="btree_not_null",
        help="Empty: every supplier.",
    )
    sampling = fields.Selection(
        [("all", "Every piece (100 %)"), ("fixed", "Fixed number of samples")],
        required=True,
        default="fixed",
        tracking=True,
        help="Goods that are not kept in pieces are one piece as a whole.",
    )
    sample_size = fields.Integer(string="Samples", default=1, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="Inspector",
        help="Gets a task for every inspection. Empty: nobody in particular.",
    )
    note = fields.Html(string="Instructions")
    characteristic_ids = fields.One2many("quality.characteristic", "plan_id", copy=True)
    inspection_count = fields.Integer(compute="_compute_inspection_count")
    is_in_use = fields.Boolean(compute="_compute_is_in_use")

    _scope_unique = models.UniqueIndex(
        "(operation, COALESCE(company_id, 0), COALESCE(product_id, 0),"
        " COALESCE(categ_id, 0), COALESCE(partner_id, 0)) WHERE active",
        "There is an active plan for this product or category and supplier already.",
    )
    _sample_size_positive = models.Constraint(
        "CHECK(sample_size > 0)", "A plan takes at least one sample."
    )
    _product_or_category = models.Constraint(
        "CHECK((product_id IS NULL) <> (categ_id IS NULL))",
        "A plan is for either a product or a category.",
    )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = self.env._(
                "%(name)s (version %(version)s)", name=plan.name, version=plan.version
            )

    def _compute_inspection_count(self):
        counts = dict(
            self.env["quality.inspection"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.inspection_count = counts.get(plan, 0)

    def _compute_is_in_use(self):
        used = self._find_used()
        for plan in self:
            plan.is_in_use = plan in used

    def _find_used(self):
        """Return the plans whose characteristics an inspection stands on."""
        # Also by inspections of a company that the user cannot see.
        groups = (
            self.env["quality.inspection"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("state", "in", STARTED)], ["plan_id"]
            )
        )
        return self.browse(plan.id for (plan,) in groups)

    def _check_not_in_use(self):
        """Refuse to edit what a verdict stands on.

        :raises UserError: says to make a new version.
        """
        for plan in self._find_used():
            raise UserError(
                self.env._(
                    "Inspections have used %s. Press 'New version' and change that one: "
                    "past verdicts keep the limits they were given.",
                    plan.display_name,
                )
            )

    @api.constrains("product_id")
    def _check_tracking(self):
        for plan in self:
            if plan.product_id and plan.product_id.tracking == "none":
                raise ValidationError(
                    self.env._(
                        "%s is not tracked by lot or serial number. A verdict holds or "
                        "releases a lot: turn tracking on first.",
                        plan.product_id.display_name,
                    )
                )

    @api.constrains("partner_id")
    def _check_partner(self):
        for plan in self:
            if plan.partner_id != plan.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Choose the supplier %s itself, not one of its contacts.",
                        plan.partner_id.commercial_partner_id.display_name,
                    )
                )

    def action_new_version(self):
        """Put a copy in force that may be changed, and retire this one."""
        self.ensure_one()
        self.active = False
        self.flush_recordset(["active"])  # only one of them may be in force at a time
        plan = self.copy(
            {"name": self.name, "version": self.version + 1, "previous_id": self.id}
        )
        plan.message_post(body=self.env._("Replaces version %s.", self.version))
        return plan._get_records_action(target="current")

    def action_open_inspections(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_action"
        )
        return dict(action, domain=[("plan_id", "=", self.id)], context={})

    def _get_sample_size(self, product, quantity):
        """Return the number of samples for a quantity in the product's unit."""
        self.ensure_one()
        piece = self.env.ref("uom.product_uom_unit")
        return sample_size(
            self.sampling,
            fixed=self.sample_size,
            quantity=quantity,
            countable=product.uom_id._has_common_reference(piece),
        )

    @api.model
    def _find_for_lines(self, lines):
        """Return ``{move line: plan}`` of the received lines that need an inspection.

        One query for all plans, however many lines.
        """
        goods = {line: line._get_received_goods() for line in lines}
        plans = self.search(self._get_candidate_domain(goods.values()))
        if not plans:
            return {}
        candidates = [plan._get_candidate() for plan in plans]
        chosen = {line: choose(candidates, one) for line, one in goods.items()}
        return {line: self.browse(id_) for line, id_ in chosen.items() if id_}

    @api.model
    def _get_candidate_domain(self, goods):
        goods = list(goods)
        categories = {category for one in goods for category in one.category_path}
        return (
            Domain("operation", "=", "receipt")
            & Domain("company_id", "in", [one.company_id for one in goods] + [False])
            & Domain(
                "partner_id", "in", [one.partner_id or False for one in goods] + [False]
            )
            & (
                Domain("product_id", "in", [one.product_id for one in goods])
                | Domain("categ_id", "in", list(categories))
            )
        )

    def _get_candidate(self):
        self.ensure_one()
        return Candidate(
            plan_id=self.id,
            product_id=self.product_id.id or None,
            category_id=self.categ_id.id or None,
            partner_id=self.partner_id.id or None,
            company_id=self.company_id.id or None,
        )

    @api.model
    def _prepare_goods(self, product, partner, company):
        """Return what ``lib.plan_choice`` compares plans with."""
        path = (product.categ_id.parent_path or "").split("/")
        return Goods(
            product_id=product.id,
            category_path=[int(part) for part in path if part],
            partner_id=partner.commercial_partner_id.id or None,
            company_id=company.id,
        )
