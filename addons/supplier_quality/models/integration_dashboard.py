from odoo import models

from .quality_inspection import OPEN_STATES


class IntegrationDashboard(models.AbstractModel):
    """Receipts that wait for their inspection."""

    _inherit = "integration.dashboard"

    def _get_operations_tiles(self):
        tiles = super()._get_operations_tiles()
        if self.env["quality.inspection"].has_access("read"):
            tiles.append(
                self._prepare_tile(
                    "inspections",
                    self.env._("Lots that await inspection"),
                    "quality.inspection",
                    [("state", "in", OPEN_STATES)],
                    warning_from=1,
                )
            )
        return tiles
