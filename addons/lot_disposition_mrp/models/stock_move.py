from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_served_orders(self):
        orders = self.raw_material_production_id
        return super()._get_served_orders() | {
            f"mrp.production,{order.id}" for order in orders
        }

    def _get_made_products(self):
        return super()._get_made_products() | self.raw_material_production_id.product_id

    def _get_disposition_document(self):
        return (
            self.raw_material_production_id
            or self.production_id
            or super()._get_disposition_document()
        )

    def _get_downstream_moves(self):
        """What is made of these goods waits for them as well."""
        made = self.raw_material_production_id.move_finished_ids
        waiting = made.filtered(lambda move: move.state not in ("done", "cancel"))
        return super()._get_downstream_moves() | waiting
