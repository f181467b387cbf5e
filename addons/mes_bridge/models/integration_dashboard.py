from odoo import fields, models


class IntegrationDashboard(models.AbstractModel):
    """Orders whose end has passed and which the shop floor has not confirmed."""

    _inherit = "integration.dashboard"

    def _get_operations_tiles(self):
        tiles = super()._get_operations_tiles()
        if all(
            self.env[model].has_access("read")
            for model in ("mes.order", "mrp.production")
        ):
            tiles.append(
                self._prepare_tile(
                    "confirmations",
                    self.env._("Late confirmations of the shop floor"),
                    "mes.order",
                    [
                        ("state", "not in", ("completed", "closed", "cancelled")),
                        ("production_id.date_finished", "<", fields.Datetime.now()),
                        ("production_id.state", "not in", ("done", "cancel")),
                    ],
                    danger_from=1,
                )
            )
        return tiles
