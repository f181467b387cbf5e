from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.integration_core.lib.suggestion import Suggestion, to_gtin_14

from ..lib.unit_codes import find_dimension

# A unit each kind of measure is known by.
REFERENCE_UNITS = {
    "pieces": "uom.product_uom_unit",
    "mass": "uom.product_uom_kgm",
    "volume": "uom.product_uom_litre",
    "length": "uom.product_uom_meter",
    "area": "uom.uom_square_meter",
    "time": "uom.product_uom_hour",
}


class IntegrationMapping(models.Model):
    """What plants, units and items add to mappings."""

    _inherit = "integration.mapping"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Plant",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: the code means the same in every plant.",
    )
    plant_ref = fields.Integer(
        compute="_compute_plant_ref", store=True, precompute=True
    )

    holder_ref = fields.Integer(
        compute="_compute_holder_ref", store=True, precompute=True
    )

    @api.depends("domain_id", "res_id")
    def _compute_holder_ref(self):
        for mapping in self:
            holder = mapping._get_holder(mapping.domain_id, mapping.res_id)
            mapping.holder_ref = holder.id or 0

    @api.model
    def _get_holder(self, domain, record_id):
        """Suppliers number the lots of each item anew."""
        if domain.model_name != "stock.lot":
            return super()._get_holder(domain, record_id)
        # Which item a lot is of tells nothing that whoever maps it does not see.
        lot = self.env["stock.lot"].sudo().browse(record_id or []).exists()
        return lot.product_id

    @api.depends("warehouse_id")
    def _compute_plant_ref(self):
        for mapping in self:
            mapping.plant_ref = mapping.warehouse_id.id or 0

    @api.depends("warehouse_id")
    def _compute_company_id(self):
        result = super()._compute_company_id()
        for mapping in self.filtered("warehouse_id"):
            mapping.company_id = mapping.warehouse_id.company_id
        return result

    @api.constrains("warehouse_id", "system_id", "company_id")
    def _check_plant(self):
        for mapping in self.filtered("warehouse_id"):
            if mapping.warehouse_id.company_id != mapping.company_id:
                raise ValidationError(
                    self.env._(
                        "The plant %(plant)s belongs to another company than the mapping.",
                        plant=mapping.warehouse_id.name,
                    )
                )

    @api.constrains("res_id", "domain_id", "external_code")
    def _check_unit(self):
        """A code that everybody knows as a mass never becomes pieces."""
        for mapping in self.filtered(lambda m: m.domain_id.code == "unit"):
            dimension = find_dimension(mapping.external_code)
            reference = dimension and self.env.ref(
                REFERENCE_UNITS[dimension], raise_if_not_found=False
            )
            unit = self.env["uom.uom"].browse(mapping.res_id)
            if reference and not unit._has_common_reference(reference):
                raise ValidationError(
                    self.env._(
                        "'%(code)s' is a unit of %(dimension)s, and %(unit)s is not. A "
                        "quantity would be turned into something else.",
                        code=mapping.external_code,
                        dimension=dimension,
                        unit=unit.name,
                    )
                )

    # Plants ---------------------------------------------------------------

    @api.model
    def _get_plant_refs(self, system):
        """The plant a handler has named in its context, else the system's only one."""
        plant_id = self.env.context.get("integration_plant_id")
        if plant_id:
            return (plant_id,)
        # Which plants a system speaks for decides for its user too, who may have no
        # right to look at plants.
        plants = system.sudo().warehouse_ids
        return plants._ids if len(plants) == 1 else ()

    def _serves(self, exception):
        # A system without plants speaks for whichever its documents are of.
        plants = exception.system_id.warehouse_ids or self.warehouse_id
        return super()._serves(exception) and (
            not self.warehouse_id or self.warehouse_id in plants
        )

    def _get_plant_code(self):
        return self.warehouse_id.code or ""

    @api.model
    def _read_plant_code(self, code, company):
        plant = self.env["stock.warehouse"].search(
            [("code", "=", code), ("company_id", "=", company.id)], limit=1
        )
        if code and not plant:
            raise ValidationError(self.env._("There is no plant '%s'.", code))
        vals = {"warehouse_id": plant.id, "plant_ref": plant.id or 0}
        return vals | ({"company_id": company.id} if plant else {})

    # Suggestions ----------------------------------------------------------

    @api.model
    def _find_suggestions(self, domain, system, code, name):
        found = super()._find_suggestions(domain, system, code, name)
        if domain.code == "item":
            found += self._suggest_by_barcode(system, code)
            found += self._suggest_by_supplier_reference(system, code)
        return found

    def _suggest_by_barcode(self, system, code):
        """Items with this barcode, or this GTIN however many digits it is written in."""
        gtin = to_gtin_14(code)
        spellings = {code} | (
            {gtin, gtin.lstrip("0"), gtin[1:], gtin[2:]} if gtin else set()
        )
        products = self.env["product.product"].search(
            [
                ("barcode", "in", list(spellings)),
                ("company_id", "in", (system.company_id.id, False)),
            ],
            limit=10,
        )
        return [
            Suggestion(
                product.id,
                1 if product.barcode == code else 0.97,
                self.env._("Barcode %s.", product.barcode)
                if product.barcode == code
                else self.env._("The same GTIN as barcode %s.", product.barcode),
            )
            for product in products
        ]

    def _suggest_by_supplier_reference(self, system, code):
        """Items that a supplier calls so; the system's own supplier counts most."""
        partner = system.partner_id.commercial_partner_id
        offers = self.env["product.supplierinfo"].search(
            [
                ("product_code", "=", code),
                ("company_id", "in", (system.company_id.id, False)),
            ],
            limit=10,
        )
        return [
            Suggestion(
                product.id,
                0.95 if offer.partner_id.commercial_partner_id == partner else 0.85,
                self.env._("%s calls it so.", offer.partner_id.display_name),
            )
            for offer in offers
            for product in (
                offer.product_id or offer.product_tmpl_id.product_variant_ids
            )
        ]
