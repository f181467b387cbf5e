from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..lib.lot_convention import ConventionError, compile_convention, read_lot


class IntegrationLotConvention(models.Model):
    """How a system, for a plant or a kind of item, writes its lot numbers.

    Read before a lot is looked for by its number: ``0001/H-24117/251114`` is our
    ``H-24117``, best before 14 November 2025.
    """

    _name = "integration.lot.convention"
    _inherit = ["integration.portable.mixin", "integration.configuration.mixin"]
    _description = "Lot Numbering Convention"
    _order = "sequence, id"
    _key_fields = ("company_id.name", "name")

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10, help="The first one that fits is used.")
    active = fields.Boolean(default=True)
    system_id = fields.Many2one(
        "integration.system", index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", string="Plant", check_company=True
    )
    categ_id = fields.Many2one("product.category", string="Item category")
    pattern = fields.Char(
        required=True,
        help="A regular expression for the whole number, with the named groups lot "
        "(needed), item, plant, made and expiry.",
    )
    template = fields.Char(
        string="Our number",
        required=True,
        default="{lot}",
        help="Built from the groups, for example {plant}-{lot}.",
    )
    date_format = fields.Char(required=True, default="%y%m%d")
    sample = fields.Char(help="A number as the system writes it.")
    sample_result = fields.Char(compute="_compute_sample_result", string="Is read as")

    @api.constrains("pattern")
    def _check_pattern(self):
        for convention in self:
            try:
                compile_convention(convention.pattern)
            except ConventionError as error:
                raise ValidationError(
                    self.env._("%(name)s: %(why)s", name=convention.name, why=error)
                ) from error

    @api.depends("pattern", "template", "date_format", "sample")
    def _compute_sample_result(self):
        for convention in self:
            try:
                parts = convention._read(convention.sample or "")
            except ConventionError as error:
                convention.sample_result = str(error)
                continue
            convention.sample_result = parts and " · ".join(
                str(part)
                for part in (
                    parts.number,
                    parts.item,
                    parts.plant,
                    parts.made,
                    parts.expiry,
                )
                if part
            )

    def _read(self, code):
        """Return the ``lib.lot_convention.LotParts`` of a code, or None."""
        self.ensure_one()
        return read_lot(
            code,
            compile_convention(self.pattern or ""),
            self.template or "{lot}",
            self.date_format or "%y%m%d",
        )

    @api.model
    def _find_for(self, system, products):
        """Return the conventions that may hold for products of a system, in order."""
        plants = self.env["integration.mapping"]._get_plant_refs(system)
        categories = products.categ_id
        parents = {
            int(part)
            for path in categories.mapped("parent_path")
            for part in (path or "").split("/")
            if part
        }
        return self.search(
            Domain("company_id", "=", system.company_id.id)
            & Domain("system_id", "in", (system.id, False))
            & Domain("warehouse_id", "in", (*plants, False))
            & Domain("categ_id", "in", (*parents, False))
        )

    def _read_for(self, product, code):
        """Return what the first convention that fits says of a product's lot, or None."""
        for convention in self:
            category = convention.categ_id
            path = product.categ_id.parent_path or ""
            if category and f"/{category.id}/" not in f"/{path}":
                continue
            parts = convention._read(code)
            if parts:
                return parts
        return None
