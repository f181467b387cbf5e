from datetime import timedelta

from odoo import fields, models

STUCK_MINUTES = 60
CODES = ("stock.%", "receipt.%", "shipment.%")


class IntegrationDashboard(models.AbstractModel):
    """Inventory that is not up to date because its messages are stuck."""

    _inherit = "integration.dashboard"

    def _get_operations_tiles(self):
        tiles = super()._get_operations_tiles()
        if self.env["integration.delivery"].has_access("read"):
            since = fields.Datetime.now() - timedelta(minutes=STUCK_MINUTES)
            tiles.append(
                self._prepare_tile(
                    "stock_updates",
                    self.env._("Inventory updates that are stuck"),
                    "integration.delivery",
                    [
                        ("state", "in", ("pending", "retry", "parked", "dead")),
                        ("received_at", "<", since),
                        "|",
                        "|",
                        *(("contract_id.code", "=like", code) for code in CODES),
                    ],
                    danger_from=1,
                    hint=self.env._("For longer than an hour."),
                )
            )
        return tiles
