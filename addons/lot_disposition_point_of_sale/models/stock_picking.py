from odoo import api, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.model
    def _create_picking_from_pos_order_lines(
        self, location_dest_id, lines, picking_type, partner=False
    ):
        """Odoo keeps silent about what could not be booked: ask somebody to look."""
        pickings = super()._create_picking_from_pos_order_lines(
            location_dest_id, lines, picking_type, partner
        )
        left = (pickings | pickings.backorder_ids).filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        for picking in left:
            # The cashier has no rights to activities of the warehouse.
            picking.sudo().activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("Sold at the counter, but not booked out"),
                note=self.env._(
                    "Goods on hold may be among them: find out what was handed over."
                ),
            )
        return pickings
