from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..lib.plan_choice import Candidate, Goods, choose
from ..lib.sampling import Scheme, draw
from ..lib.sampling_tables import AQLS, LEVELS, is_per_hundred
from ..lib.switching import Rules, SkipRule

STARTED = ("in_progress", "passed", "failed")
OPERATION = [
    ("receipt", "Receipt from a supplier"),
    ("return", "Return from a customer"),
    ("production", "Production output"),
    ("demand", "On demand"),
]


class QualityInspectionPlan(models.Model):
    """What is inspected when goods of a product or category come in, and how much of it.

    A plan that inspections have used is not edited: its next version takes over.
    """

    _name = "quality.inspection.plan"
    _inherit = ["mail.thread", "integration.own.company.mixin"]
    _description = "Inspection Plan"
    _order = "name, version desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True, copy=False)
    version = fields.Integer(default=1, readonly=True, copy=False)
    previous_id = fields.Many2one(
        "quality.inspection.plan",
        string="Replaces",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    origin_id = fields.Many2one(
        "quality.inspection.plan",
        compute="_compute_origin_id",
        store=True,
        recursive=True,
        index=True,
        help="The first version; the switching of all versions goes on under it.",
    )
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company
    )
    operation = fields.Selection(OPERATION, required=True, default="receipt")
    picking_type_id = fields.Many2one(
        "stock.picking.type",
        string="Operation type",
        check_company=True,
        help="Empty: every operation type.",
    )
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        check_company=True,
        domain=[("is_storable", "=", True)],
    )
    category_id = fields.Many2one("product.category", index="btree_not_null")
    partner_id = fields.Many2one(
        "res.partner",
        string="Supplier",
        index="btree_not_null",
        check_company=True,
        help="Empty: whoever supplies it.",
    )
    user_id = fields.Many2one(
        "res.users", string="Inspector", help="Gets a task for every inspection."
    )
    note = fields.Html(string="Instructions")
    sampling = fields.Selection(
        [
            ("fixed", "Fixed number of samples"),
            ("percentage", "Percentage of the lot"),
            ("aql", "Acceptance sampling (AQL)"),
            ("all", "Every unit (100 %)"),
        ],
        required=True,
        default="fixed",
        tracking=True,
    )
    sample_size = fields.Integer(
        string="Samples", default=1, required=True, help="Per characteristic."
    )
    percentage = fields.Float(default=10)
    acceptance = fields.Integer(
        string="Accepted nonconforming",
        help="The most nonconforming samples a lot is accepted with.",
    )
    standard = fields.Selection(
        [("iso_2859_1", "ISO 2859-1:1999"), ("z1_4", "ANSI/ASQ Z1.4")],
        required=True,
        default="iso_2859_1",
        help="They differ in reduced inspection: Z1.4 keeps a gap between the acceptance "
        "and the rejection number.",
    )
    level = fields.Selection(
        [(level, level) for level in LEVELS], required=True, default="II"
    )
    aql = fields.Selection(
        [(aql, aql) for aql in AQLS], string="AQL", required=True, default="1.0"
    )
    may_reduce = fields.Boolean(
        string="Reduced inspection",
        default=True,
        help="Production is steady, and reduced inspection is wanted.",
    )
    skip_every = fields.Integer(
        string="Inspect one lot of",
        default=1,
        required=True,
        help="Skip-lot: 1 inspects every lot.",
    )
    skip_after = fields.Integer(string="After accepted lots", default=10, required=True)
    requires_certificate = fields.Boolean(
        help="No lot is released without a valid certificate of analysis."
    )
    system_id = fields.Many2one(
        "integration.system",
        string="System of record",
        check_company=True,
        help="A LIMS or QMS that owns the results: nobody enters them here.",
    )
    characteristic_ids = fields.One2many("quality.characteristic", "plan_id", copy=True)
    inspection_count = fields.Integer(compute="_compute_inspection_count")
    is_in_use = fields.Boolean(compute="_compute_inspection_count")

    _sample_size_positive = models.Constraint(
        "CHECK(sample_size > 0)", "An inspection takes one sample at least."
    )
    _percentage_sensible = models.Constraint(
        "CHECK(percentage > 0 AND percentage <= 100)",
        "The percentage is above 0 and not above 100.",
    )
    _acceptance_not_negative = models.Constraint(
        "CHECK(acceptance >= 0)", "The acceptance number cannot be negative."
    )
    _skip_sensible = models.Constraint(
        "CHECK(skip_every > 0 AND skip_after > 0)",
        "Skip-lot inspects one lot of at least one, after at least one accepted lot.",
    )
    _scope_unique = models.UniqueIndex(
        "(operation, COALESCE(company_id, 0), COALESCE(product_id, 0),"
        " COALESCE(category_id, 0), COALESCE(partner_id, 0),"
        " COALESCE(picking_type_id, 0)) WHERE active",
        "There is an active plan for exactly this already.",
    )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for plan in self:
            version = f" (v{plan.version})" if plan.version > 1 else ""
            plan.display_name = f"{plan.name}{version}"

    @api.depends("previous_id.origin_id")
    def _compute_origin_id(self):
        for plan in self:
            plan.origin_id = plan.previous_id.origin_id or plan._origin

    def _compute_inspection_count(self):
        counts = dict(
            self.env["quality.inspection"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        used = self._find_used()
        for plan in self:
            plan.inspection_count = counts.get(plan, 0)
            plan.is_in_use = plan in used

    @api.constrains("product_id", "category_id", "partner_id")
    def _check_subject(self):
        for plan in self:
            if not plan.product_id and not plan.category_id:
                raise ValidationError(
                    self.env._("Say which product or product category the plan is for.")
                )
            if plan.partner_id != plan.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Choose the supplier %s itself, not one of its contacts.",
                        plan.partner_id.commercial_partner_id.display_name,
                    )
                )

    # Versions --------------------------------------------------------------

    def write(self, vals):
        if SAMPLING_FIELDS & vals.keys():
            self._check_not_in_use()
        return super().write(vals)

    def _find_used(self):
        """Return the plans whose limits a verdict stands on."""
        # Also by inspections and certificates of a company that the user cannot see.
        groups = (
            self.env["quality.inspection"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("state", "in", STARTED)], ["plan_id"]
            )
        )
        checked = (
            self.env["quality.certificate"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("state", "!=", "draft")], ["plan_id"]
            )
        )
        return self.browse({plan.id for (plan,) in [*groups, *checked]})

    def _check_not_in_use(self):
        """:raises UserError: says to make a new version."""
        for plan in self._find_used():
            raise UserError(
                self.env._(
                    "Inspections have used %s. Press 'New version' and change that one: "
                    "past verdicts keep the limits they were given.",
                    plan.display_name,
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

    # Sampling --------------------------------------------------------------

    def _prepare_scheme(self):
        """Return it as ``lib.sampling.Scheme``."""
        self.ensure_one()
        return Scheme(
            method=self.sampling,
            size=self.sample_size,
            percentage=self.percentage,
            acceptance=self.acceptance,
            level=self.level,
            aql=self.aql,
            standard=self.standard,
        )

    def _draw(self, product, quantity, severity="normal"):
        """Return the ``lib.sampling.Draw`` for a quantity in the product's unit."""
        piece = self.env.ref("uom.product_uom_unit")
        return draw(
            self._prepare_scheme(),
            quantity,
            severity=severity,
            countable=product.uom_id._has_common_reference(piece),
        )

    def _is_for(self, product):
        """Tell whether a product, or its category, is what this inspects."""
        self.ensure_one()
        if self.product_id:
            return self.product_id == product
        return self.category_id.id in product.categ_id._get_path()

    def _counts_nonconformities(self):
        """Tell whether nonconformities are counted instead of nonconforming items."""
        self.ensure_one()
        return self.sampling == "aql" and is_per_hundred(self.aql)

    def _prepare_switching_rules(self):
        self.ensure_one()
        return Rules(standard=self.standard, reduced=self.may_reduce)

    def _prepare_skip_rule(self):
        self.ensure_one()
        return SkipRule(after=self.skip_after, every=self.skip_every)

    # Choice ----------------------------------------------------------------

    @api.model
    def _find_for_goods(self, operation, goods):
        """Return ``{key: plan}`` of the goods that a plan asks to inspect.

        One query for all plans, however many goods.

        :param goods: ``{key: lib.plan_choice.Goods}``.
        """
        plans = self.search(self._get_candidate_domain(operation, goods.values()))
        if not plans:
            return {}
        candidates = [plan._get_candidate() for plan in plans]
        chosen = {key: choose(candidates, one) for key, one in goods.items()}
        return {key: self.browse(id_) for key, id_ in chosen.items() if id_}

    @api.model
    def _get_candidate_domain(self, operation, goods):
        goods = list(goods)
        categories = {category for one in goods for category in one.category_path}
        return (
            Domain("operation", "=", operation)
            & Domain("company_id", "in", [one.company_id for one in goods] + [False])
            & Domain(
                "partner_id", "in", [one.partner_id or False for one in goods] + [False]
            )
            & (
                Domain("product_id", "in", [one.product_id for one in goods])
                | Domain("category_id", "in", list(categories))
            )
        )

    def _get_candidate(self):
        self.ensure_one()
        return Candidate(
            plan_id=self.id,
            product_id=self.product_id.id or None,
            category_id=None if self.product_id else self.category_id.id or None,
            partner_id=self.partner_id.id or None,
            company_id=self.company_id.id or None,
            picking_type_id=self.picking_type_id.id or None,
        )

    @api.model
    def _prepare_goods(self, product, partner, company, picking_type=None):
        """Return what ``lib.plan_choice`` compares plans with."""
        path = (product.categ_id.parent_path or "").split("/")
        return Goods(
            product_id=product.id,
            category_path=[int(part) for part in path if part],
            partner_id=partner.commercial_partner_id.id or None,
            company_id=company.id,
            picking_type_id=picking_type.id if picking_type else None,
        )


# What a verdict stands on.
SAMPLING_FIELDS = {
    *("sampling", "sample_size", "percentage", "acceptance"),
    *("standard", "level", "aql"),
}
