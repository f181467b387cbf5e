from odoo import models
from odoo.tools import float_round

from odoo.addons.integration_core.lib.errors import BusinessError, UnmappedCodeError

# In a product's unit; stock counts no further without losing what is small.
QUANTITY_MAX = 1e12


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

    def _convert_exactly(self, product, quantity, unit_mapping):
        """Return a quantity in the product's own unit, without rounding.

        :raises BusinessError: ``integration_stock.quantity_implausible``
        """
        unit = self.env["uom.uom"].browse(unit_mapping.res_id)
        exact = unit._compute_quantity(
            quantity * unit_mapping.factor, product.uom_id, round=False
        )
        if abs(exact) <= QUANTITY_MAX:
            return exact
        raise BusinessError(
            self.env._(
                "%(quantity)g %(unit)s of %(product)s is more than stock can count.",
                quantity=quantity,
                unit=unit.name,
                product=product.display_name,
            ),
            kind="integration_stock.quantity_implausible",
            fingerprint=f"{product.id}",
        )

    def _convert(self, product, quantity, unit_mapping):
        """Return a quantity in the product's own unit, as stock counts it.

        A mapping's rounding is counted in the unit that the code stands for, whatever
        unit the product is kept in.

        :raises BusinessError: ``integration_stock.quantity_implausible``
        """
        self._convert_exactly(product, quantity, unit_mapping)
        unit = self.env["uom.uom"].browse(unit_mapping.res_id)
        counted = quantity * unit_mapping.factor
        if unit_mapping.rounding:
            counted = float_round(counted, precision_rounding=unit_mapping.rounding)
        return unit._compute_quantity(
            counted, product.uom_id, rounding_method="HALF-UP"
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

    def _at_plant(self, warehouse):
        """Return this handler with the mappings of one plant in front."""
        return self.with_context(integration_plant_id=warehouse.id)

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
        code = code.strip()
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
        """Return ``{(product id, code): lot}`` of those that exist, in a few queries.

        A mapping goes before the number; the number is read by the convention of who
        sends it.

        :param products_and_codes: set of ``(product, code)``.
        """
        numbers = self._read_lot_numbers(message, products_and_codes)
        by_number = self._find_lots_by_number(message, numbers)
        found = {
            key: by_number[key[0], number]
            for key, number in numbers.items()
            if (key[0], number) in by_number
        }
        wanted = {}
        for product, code in products_and_codes:
            wanted.setdefault((product.id, code.strip()), []).append(code)
        codes = list({code for _product_id, code in wanted})
        mappings = self.env["integration.mapping"].search(
            [
                ("external_code", "in", codes),
                *self.env["integration.mapping"]._get_lookup_domain(
                    message.system_id, "lot"
                ),
            ]
        )
        lots = self.env["stock.lot"].browse(mappings.mapped("res_id")).exists()
        living = lots.grouped("id")
        for mapping in mappings.sorted(lambda m: m._get_rank()):
            lot = living.get(mapping.res_id)
            if lot:
                # Two products may carry one number: a mapping speaks for its product.
                place = lot.product_id.id, mapping.external_code
                found.update({(place[0], code): lot for code in wanted.get(place, ())})
        return found

    def _read_lot_numbers(self, message, products_and_codes):
        """Return ``{(product id, code): our number}``, by convention where one fits."""
        products = self.env["product.product"].union(
            *(product for product, _code in products_and_codes)
        )
        conventions = self.env["integration.lot.convention"]._find_for(
            message.system_id, products
        )
        numbers = {}
        for product, code in products_and_codes:
            parts = conventions._read_for(product, code.strip())
            numbers[product.id, code] = parts.number if parts else code.strip()
        return numbers

    def _find_lots_by_number(self, message, numbers):
        """Return ``{(product id, number): lot}``; the company's own one wins."""
        lots = self.env["stock.lot"].search(
            [
                ("product_id", "in", list({product_id for product_id, _c in numbers})),
                ("name", "in", list(set(numbers.values()))),
                ("company_id", "in", (message.company_id.id, False)),
            ]
        )
        ordered = lots.sorted(lambda lot: (bool(lot.company_id), -lot.id))
        return {(lot.product_id.id, lot.name): lot for lot in ordered}

    def _prepare_lot_vals(self, message, product, code):
        """Return the values of a new lot; its number is what the convention reads."""
        number = self._read_lot_numbers(message, {(product, code)})[product.id, code]
        return {
            "name": number,
            "product_id": product.id,
            "company_id": message.company_id.id,
        }
