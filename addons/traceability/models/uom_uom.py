from odoo import api, fields, models

# UN/ECE Recommendation 20. Units that count (piece, dozen, pack) have none on purpose.
CODES = {
    "hour": "HUR",
    "day": "DAY",
    "minute": "MIN",
    "millimeter": "MMT",
    "cm": "CMT",
    "meter": "MTR",
    "km": "KMT",
    "square_meter": "MTK",
    "milliliter": "MLT",
    "litre": "LTR",
    "cubic_meter": "MTQ",
    "gram": "GRM",
    "kgm": "KGM",
    "ton": "TNE",
    "oz": "ONZ",
    "lb": "LBR",
    "inch": "INH",
    "foot": "FOT",
    "yard": "YRD",
    "mile": "SMI",
    "square_foot": "FTK",
    "floz": "OZA",
    "qt": "QT",
    "gal": "GLL",
    "cubic_inch": "INQ",
    "cubic_foot": "FTQ",
    "kwh": "KWH",
}


class UomUom(models.Model):
    _inherit = "uom.uom"

    epcis_code = fields.Char(
        string="UN/ECE code",
        size=3,
        help="Code of UN/ECE Recommendation 20, such as KGM, in EPCIS events. Empty: "
        "the unit counts pieces, or is written in the unit it is made of.",
    )

    def _to_epcis(self, quantity):
        """Return ``(quantity, code)`` in the nearest unit that has a code.

        Without one on the way, the quantity counts pieces of the root unit and the code
        is None.
        """
        self.ensure_one()
        unit = self
        while not unit.epcis_code and unit.relative_uom_id:
            quantity *= unit.relative_factor
            unit = unit.relative_uom_id
        return quantity, unit.epcis_code or None

    @api.model
    def _set_standard_epcis_codes(self):
        """Give Odoo's own units their codes, as far as they are still there."""
        for name, code in CODES.items():
            unit = self.env.ref(f"uom.product_uom_{name}", raise_if_not_found=False)
            if unit and not unit.epcis_code:
                unit.epcis_code = code
