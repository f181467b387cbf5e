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
        mapping = self._resolve_many(message, "unit", {unit_code})[unit_code]
        self._check_unit(product, mapping)
        return self._convert(product, quantity, mapping)

    def _convert(self, product, quantity, unit_mapping):
        unit = self.env["uom.uom"].browse(unit_mapping.res_id)
        return unit._compute_quantity(
            quantity * unit_mapping.factor, product.uom_id, rounding_method="HALF-UP"
        )

    def _check_unit(self, product, unit_mapping):
        """Odoo converts between any two units without a word; we do not.

        :raises BusinessError: ``integration_stock.unit_mismatch``
        """
        unit = self.env["uom.uom"].browse(unit_mapping.res_id)
        if unit._has_common_reference(product.uom_id):
            return
        raise BusinessError(
            self.env._(
                "The unit '%(code)s' stands for %(unit)s, but %(product)s is kept in "
                "%(product_unit)s. These do not convert into each other.",
                code=unit_mapping.external_code,
                unit=unit.name,
                product=product.display_name,
                product_unit=product.uom_id.name,
            ),
            kind="integration_stock.unit_mismatch",
            fingerprint=f"{product.id}:{unit.id}",
        )

    def _resolve_many(self, message, domain_code, codes):
        """Return ``{code: mapping}`` with one query, however many codes there are.

        :raises UnmappedCodeError: for the first code, in their order, without a record.
        """
        Mapping = self.env["integration.mapping"]
        mappings = Mapping.search(
            [
                ("domain_id.code", "=", domain_code),
                ("external_code", "in", list(codes)),
                ("system_id", "in", (message.system_id.id, False)),
                ("company_id", "in", (message.company_id.id, False)),
            ]
        )
        # The most specific one comes last and wins, as in the core's _find.
        by_code = {
            mapping.external_code: mapping
            for mapping in mappings.sorted(
                lambda m: (bool(m.system_id), bool(m.company_id))
            )
        }
        living = {
            record.id
            for model, group in mappings.grouped("res_model").items()
            for record in self.env[model].browse(group.mapped("res_id")).exists()
        }
        for code in sorted(codes):
            if code not in by_code or by_code[code].res_id not in living:
                # Raises with the sentence of the core.
                Mapping._resolve(message.system_id, domain_code, code)
        return by_code

    def _resolve_lot(self, message, product, code, create=False):
        """Return the lot of a product: by mapping, else by its number.

        :param create: make the lot when there is none.
        :raises UnmappedCodeError: there is none and ``create`` is not set; mapping the
            code releases the message.
        """
        lot = self._find_lots(message, {(product, code)}).get((product.id, code))
        if lot:
            return lot
        if create:
            return self.env["stock.lot"].create(
                self._prepare_lot_vals(message, product, code)
            )
        self._raise_unknown_lot(product, code)
        return None

    def _raise_unknown_lot(self, product, code):
        raise UnmappedCodeError(
            self.env._(
                "There is no lot '%(code)s' of %(product)s. Map the code to a lot, or "
                "create the lot and try again.",
                code=code,
                product=product.display_name,
            ),
            domain="lot",
            external_code=code,
        )

    def _find_lots(self, message, products_and_codes):
        """Return ``{(product id, code): lot}`` of those that exist, with two queries.

        :param products_and_codes: set of ``(product, code)``.
        """
        codes = list({code for _product, code in products_and_codes})
        Lot = self.env["stock.lot"]
        named = Lot.search(
            [
                (
                    "product_id",
                    "in",
                    list({product.id for product, _c in products_and_codes}),
                ),
                ("name", "in", codes),
                ("company_id", "in", (message.company_id.id, False)),
            ]
        ).sorted(lambda lot: (bool(lot.company_id), -lot.id))
        found = {(lot.product_id.id, lot.name): lot for lot in named}
        mappings = (
            self.env["integration.mapping"]
            .search(
                [
                    ("domain_id.code", "=", "lot"),
                    ("external_code", "in", codes),
                    ("system_id", "in", (message.system_id.id, False)),
                    ("company_id", "in", (message.company_id.id, False)),
                ]
            )
            .sorted(lambda m: (bool(m.system_id), bool(m.company_id)))
        )
        living = Lot.browse(mappings.mapped("res_id")).exists()
        for mapping in mappings:
            lot = Lot.browse(mapping.res_id)
            if lot in living:
                # Two products may carry one number: a mapping speaks for its product.
                found[lot.product_id.id, mapping.external_code] = lot
        return found

    def _prepare_lot_vals(self, message, product, code):
        return {
            "name": code,
            "product_id": product.id,
            "company_id": message.company_id.id,
        }
