from odoo import Command, api, models

COMPONENT, FINISHED = "BENCH-RAW", "BENCH-FIN"
LOT = "BENCH-LOT"
STOCK = 10_000_000


class MrpProduction(models.Model):
    """Orders to report on, and the same effect by Odoo's own methods."""

    _inherit = "mrp.production"

    @api.model
    def benchmark_prepare(self):
        """Create a component by lot with stock, and what is made from it."""
        Product = self.env["product.product"]
        component, finished = Product.create(
            [
                {
                    "name": name,
                    "default_code": name,
                    "is_storable": True,
                    "tracking": "lot",
                }
                for name in (COMPONENT, FINISHED)
            ]
        )
        lot = self.env["stock.lot"].create({"name": LOT, "product_id": component.id})
        warehouse = self.env["stock.warehouse"].search([], limit=1)
        self.env["stock.quant"]._update_available_quantity(
            component, warehouse.lot_stock_id, STOCK, lot_id=lot
        )
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": finished.product_tmpl_id.id,
                "bom_line_ids": [Command.create({"product_id": component.id})],
            }
        )
        return [component.id, finished.id, self.env.ref("uom.product_uom_unit").id]

    @api.model
    def benchmark_create(self, count, quantity, release):
        """Return ``[(id, reference on the shop floor)]`` of confirmed orders."""
        finished = self.env["product.product"].search([("default_code", "=", FINISHED)])
        orders = self.create(
            [
                {"product_id": finished.id, "product_qty": quantity}
                for _number in range(count)
            ]
        )
        orders.action_confirm()
        orders.action_assign()
        if release:
            orders.action_release_to_mes()
        return [(order.id, order.mes_order_ids.name or "") for order in orders]

    def benchmark_report(self, reports):
        """Post as many reports of one unit on each order, and finish it.

        What the shop floor reports is consumed and made as it comes: each report is a
        transaction, as it is where a person posts it.
        """
        used = self.env["stock.lot"].search([("name", "=", LOT)], limit=1)
        for order in self:
            lot = self.env["stock.lot"].create(
                {"name": f"{order.name}-L", "product_id": order.product_id.id}
            )
            # Before anything is made: on an order that is done by then, Odoo would write
            # the total on each of its moves.
            order.write({"lot_producing_ids": lot, "qty_producing": reports})
            for _number in range(reports):
                order._benchmark_move("move_raw_ids", used)
                self.env.cr.commit()  # one report
                order._benchmark_move("move_finished_ids", lot)
                self.env.cr.commit()  # one report
            planned = order.move_raw_ids.filtered(lambda m: m.state != "done")
            planned.with_context(skip_mo_check=True)._action_cancel()
            order.with_context(
                skip_backorder=True, skip_consumption=True
            ).button_mark_done()
            assert order.state == "done"
            self.env.cr.commit()  # the completion
        return True

    def _benchmark_move(self, side, lot):
        """Post one unit: Odoo splits the planned move and keeps the rest."""
        planned = self[side].filtered(lambda m: m.state not in ("done", "cancel"))[:1]
        planned.move_line_ids.unlink()
        planned.move_line_ids = [
            Command.create(
                {
                    "product_id": planned.product_id.id,
                    "product_uom_id": planned.product_uom.id,
                    "lot_id": lot.id,
                    "quantity": 1,
                    "location_id": planned.location_id.id,
                    "location_dest_id": planned.location_dest_id.id,
                }
            )
        ]
        planned.picked = True
        planned.with_context(skip_mo_check=True)._action_done()
