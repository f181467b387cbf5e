from odoo import models
from odoo.tools import SQL


class LotDispositionPermitUse(models.Model):
    """What permits were used for, sealed as the message log is."""

    _name = "lot.disposition.permit.use"
    _inherit = ["lot.disposition.permit.use", "integration.sealed.mixin"]

    _sealed_columns = (
        "permit_id",
        "lot_id",
        "package_id",
        "location_id",
        "move_line_id",
        "quantity",
        "user_id",
        "used_at",
    )

    def _get_written_at_sql(self):
        return SQL.identifier("used_at")
