from odoo import api, fields, models

from ..lib import vendor_list

STATE = [
    ("pending", "Being qualified"),
    ("approved", "Approved"),
    ("conditional", "Approved with conditions"),
    ("blocked", "Blocked"),
]
MODE = [("off", "Not checked"), ("warn", "Warn"), ("block", "Block")]
GOOD = ("approved", "conditional")


class QualityApprovedVendor(models.Model):
    """A line of the approved vendor list: who may supply what, until when."""

    _name = "quality.approved.vendor"
    _inherit = ["mail.thread", "integration.own.company.mixin"]
    _description = "Approved Vendor"
    _order = "partner_id, product_id, category_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Supplier", required=True, index=True, ondelete="cascade"
    )
    product_id = fields.Many2one("product.product", check_company=True, tracking=True)
    category_id = fields.Many2one("product.category", tracking=True)
    state = fields.Selection(STATE, required=True, default="pending", tracking=True)
    date_until = fields.Date(string="Valid until", tracking=True)
    reason = fields.Char(tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company
    )

    _line_unique = models.UniqueIndex(
        "(partner_id, COALESCE(product_id, 0), COALESCE(category_id, 0),"
        " COALESCE(company_id, 0)) WHERE active",
        "The vendor list has this line already.",
    )

    @api.depends("partner_id", "product_id", "category_id")
    def _compute_display_name(self):
        for line in self:
            what = line.product_id or line.category_id
            name = line.partner_id.display_name or ""
            line.display_name = f"{name}: {what.display_name}" if what else name

    @api.model_create_multi
    def create(self, vals_list):
        Partner = self.env["res.partner"]
        return super().create([Partner._name_supplier(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self.env["res.partner"]._name_supplier(vals))

    @api.model
    def _find_problems(self, partner, products, company):
        """Return ``{product: (mode, sentence)}`` of products not to be had from a partner.

        Two queries at most, however many products; none where nothing is checked.
        """
        modes = {
            product: product._get_vendor_list_mode(partner, company)
            for product in products
        }
        checked = [product for product, mode in modes.items() if mode != "off"]
        if not checked:
            return {}
        # The list protects the company, whoever may read it.
        lines = self.sudo().search(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("company_id", "in", (company.id, False)),
            ]
        )
        today = fields.Date.context_today(self)
        problems = {}
        for product in checked:
            standing = vendor_list.find_standing(
                [line._prepare_line() for line in lines],
                product_id=product.id,
                category_path=product.categ_id._get_path(),
                today=today,
            )
            if standing not in GOOD:
                sentence = self._describe(partner, product, standing)
                problems[product] = (modes[product], sentence)
        return problems

    def _prepare_line(self):
        self.ensure_one()
        return vendor_list.Line(
            state=self.state,
            product_id=self.product_id.id or None,
            category_id=self.category_id.id or None,
            until=self.date_until or None,
        )

    def _describe(self, partner, product, standing):
        standings = {
            "missing": self.env._("is not on the approved vendor list for"),
            "expired": self.env._("has an approval that has run out for"),
            "pending": self.env._("is still being qualified for"),
            "blocked": self.env._("is blocked for"),
        }
        return self.env._(
            "%(supplier)s %(standing)s %(product)s.",
            supplier=partner.commercial_partner_id.display_name
            or self.env._("A supplier that is not named"),
            standing=standings[standing],
            product=product.display_name,
        )
