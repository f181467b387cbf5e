from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_served_orders(self):
        return super()._get_served_orders() | {
            f"repair.order,{order.id}" for order in self.repair_id
        }

    def _get_made_products(self):
        return super()._get_made_products() | self.repair_id.product_id

    def _get_disposition_document(self):
        return self.repair_id or super()._get_disposition_document()
