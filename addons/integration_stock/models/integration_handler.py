from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError, UnmappedCodeError


class IntegrationHandler(models.AbstractModel):
    """What handlers about goods need: quantities in our units, and lots."""

    _inherit = "integration.handler"

    def _resolve_quantity(self, message, product, quantity, unit_code):
        """Return a quantity in the product's own unit.

        :param quantity: in the sender's unit; ``unit_code``: the sender's name for it.
        :raises BusinessError: ``integration_stock.unit_mismatch``, when the unit does
            not measure the same thing as the product's: a mass never becomes pieces.
        """
        mapping = self._find_mapping(message, "unit", unit_code)
        unit = self.env["uom.uom"].browse(mapping.res_id)
        self._check_unit(product, unit, unit_code)
        return unit._compute_quantity(
            quantity * mapping.factor, product.uom_id, rounding_method="HALF-UP"
        )

    def _find_mapping(self, message, domain_code, external_code):
        """Return the mapping itself, for those who need its factor as well."""
        # Parks the message when there is no mapping, or none of a living record.
        self._resolve(message, domain_code, external_code)
        return self.env["integration.mapping"]._find(
            message.system_id, domain_code, external_code
        )

    def _check_unit(self, product, unit, unit_code):
        """Odoo converts between any two units without a word; we do not.

        :raises BusinessError: ``integration_stock.unit_mismatch``
        """
        if unit._has_common_reference(product.uom_id):
            return
        raise BusinessError(
            self.env._(
                "The unit '%(code)s' stands for %(unit)s, but %(product)s is kept in "
                "%(product_unit)s. These do not convert into each other.",
                code=unit_code, unit=unit.name, product=product.display_name,
                product_unit=product.uom_id.name,
            ),
            kind="integration_stock.unit_mismatch",
            fingerprint=f"{product.id}:{unit.id}",
        )

    def _resolve_lot(self, message, product, code, create=False):
        """Return the lot of a product: by mapping, else by its number.

        :param create: make the lot when there is none.
        :raises UnmappedCodeError: there is none and ``create`` is not set; mapping the
            code releases the message.
        """
        lot = self._find_mapped_lot(message, product, code) or self._find_lot(
            message, product, code
        )
        if lot:
            return lot
        if create:
            return self.env["stock.lot"].create(
                self._prepare_lot_vals(message, product, code)
            )
        raise UnmappedCodeError(
            self.env._(
                "There is no lot '%(code)s' of %(product)s. Map the code to a lot, or "
                "create the lot and try again.",
                code=code, product=product.display_name,
            ),
            domain="lot",
            external_code=code,
        )

    def _find_mapped_lot(self, message, product, code):
        mapping = self.env["integration.mapping"]._find(message.system_id, "lot", code)
        lot = self.env["stock.lot"].browse(mapping.res_id or []).exists()
        # Two products may carry the same number; a mapping speaks for one of them.
        return lot if lot.product_id == product else lot.browse()

    def _find_lot(self, message, product, code):
        return self.env["stock.lot"].search([
            ("product_id", "=", product.id),
            ("name", "=", code),
            ("company_id", "in", (message.company_id.id, False)),
        ], order="company_id, id", limit=1)

    def _prepare_lot_vals(self, message, product, code):
        return {
            "name": code,
            "product_id": product.id,
            "company_id": message.company_id.id,
        }
