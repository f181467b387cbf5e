from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_served_orders(self):
        # A permit is for an order, whoever of the warehouse may read it.
        orders = (self.sale_line_id | self.move_dest_ids.sale_line_id).sudo().order_id
        return super()._get_served_orders() | {f"sale.order,{order.id}" for order in orders}

    def _get_served_partners(self):
        order = self.sale_line_id.sudo().order_id  # as above
        partners = (order.partner_id | order.partner_shipping_id).commercial_partner_id
        return partners.sudo(self.env.su) or super()._get_served_partners()
