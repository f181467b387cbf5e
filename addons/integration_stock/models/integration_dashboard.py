from datetime import timedelta

from odoo import api, fields, models

STUCK_MINUTES = 60
PENDING, HALTED = ("pending", "retry"), ("parked", "dead")
CODES = ("stock.%", "receipt.%", "shipment.%")


class IntegrationDashboard(models.AbstractModel):
    """Inventory that is not up to date because its messages are stuck."""

    _inherit = "integration.dashboard"

    def _get_operations_tiles(self):
        tiles = super()._get_operations_tiles()
        if self.env["integration.delivery"].has_access("read"):
            tiles.append(
                self._prepare_tile(
                    "stock_updates",
                    self.env._("Inventory updates that are stuck"),
                    "integration.delivery",
                    self._get_stuck_domain(PENDING + HALTED),
                    value=sum(
                        # Each has an index of its own; asked for together, the whole
                        # table is read.
                        self.env["integration.delivery"].search_count(
                            self._get_stuck_domain(states)
                        )
                        for states in (PENDING, HALTED)
                    ),
                    danger_from=1,
                    hint=self.env._("For longer than an hour."),
                )
            )
        return tiles

    @api.model
    def _get_stuck_domain(self, states):
        since = fields.Datetime.now() - timedelta(minutes=STUCK_MINUTES)
        return [
            ("state", "in", states),
            ("received_at", "<", since),
            "|",
            "|",
            *(("contract_id.code", "=like", code) for code in CODES),
        ]
