from odoo import api, fields, models
from odoo.exceptions import ValidationError


class QualityInspectionPlan(models.Model):
    """What is inspected when a product comes in."""

    _name = "quality.inspection.plan"
    _inherit = ["mail.thread"]
    _description = "Inspection Plan"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        check_company=True,
        domain=[("tracking", "!=", "none")],
    )
    category_id = fields.Many2one("product.category", index="btree_not_null")
    partner_id = fields.Many2one(
        "res.partner",
        string="Supplier",
        index="btree_not_null",
        check_company=True,
        help="Empty: whoever supplies it.",
    )
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company
    )
    sampling = fields.Selection(
        [("fixed", "Fixed number of samples"), ("all", "Every unit")],
        required=True,
        default="fixed",
    )
    sample_size = fields.Integer(
        string="Samples", default=1, required=True, help="Per characteristic."
    )
    characteristic_ids = fields.One2many("quality.characteristic", "plan_id", copy=True)

    _sample_size_positive = models.Constraint(
        "CHECK(sample_size > 0)", "An inspection takes one sample at least."
    )

    @api.constrains("product_id", "category_id")
    def _check_subject(self):
        for plan in self:
            if not plan.product_id and not plan.category_id:
                raise ValidationError(
                    self.env._("Say which product or product category the plan is for.")
                )

    @api.model
    def _find_for(self, product, partner, company):
        """Return the most specific plan for a receipt, or an empty recordset.

        Product goes before category, supplier before any supplier.
        """
        partner = partner.commercial_partner_id
        plans = self.search(
            [
                ("company_id", "in", (company.id, False)),
                "|",
                ("product_id", "=", product.id),
                "&",
                ("product_id", "=", False),
                ("category_id", "parent_of", product.categ_id.id),
                "|",
                ("partner_id", "=", False),
                ("partner_id.commercial_partner_id", "=", partner.id),
            ]
        )
        return plans.sorted(
            lambda plan: (
                bool(plan.product_id),
                bool(plan.partner_id),
                len(plan.category_id.parent_path or ""),
            ),
            reverse=True,
        )[:1]

    def _get_sample_count(self, quantity):
        """Return how many results each characteristic needs for a quantity."""
        self.ensure_one()
        if self.sampling == "all":
            return max(1, int(quantity))
        return max(1, min(self.sample_size, int(quantity) or 1))
