from odoo import fields, models
from odoo.exceptions import UserError


class MesOrder(models.Model):
    """What is made in parts costs the same, in whatever order the parts are reported.

    Odoo prices the one move that finishes an order. Here every report has its own: a
    part is priced with what was used so far, and all of them once the order is done.
    """

    _inherit = "mes.order"

    def _price(self, production, moves):
        result = super()._price(production, moves)
        made = moves.filtered("production_id")
        if made:
            self._set_prices(production, made)
        return result

    def _on_closed(self, production):
        result = super()._on_closed(production)
        made = production.move_finished_ids.filtered(
            lambda move: move.state == "done" and move.mes_event_id
        )
        self._set_prices(production, made)
        # The value of stock is Odoo's to compute; who reports may not read costs.
        made.sudo()._set_value()
        self._value_scrap(production.sudo(), made.sudo())
        return result

    def _value_scrap(self, production, made):
        """Scrapped units leave at what the order's units cost, not at today's average."""
        prices = {move.product_id: move.price_unit for move in made}
        for scrap in production.all_move_ids.filtered(
            lambda move: move.scrap_id and move.mes_event_id and move.is_out
        ):
            if scrap.product_id.cost_method in ("fifo", "average"):
                price = prices.get(scrap.product_id, 0.0)
                scrap.value = price * scrap._get_valued_qty()

    def _set_prices(self, production, moves):
        """Write unit prices: the order's cost, shared out as its by-products say."""
        # Costs are not for everybody in production; prices of moves follow from them.
        production = production.sudo()
        cost = self._get_cost(production)
        shared = 0.0
        byproducts = production.move_byproduct_ids.filtered("cost_share")
        for product, group in byproducts.grouped("product_id").items():
            share = max(group.mapped("cost_share")) / 100
            shared += share
            self._write_price(production, moves, product, cost * share)
        self._write_price(production, moves, production.product_id, cost * (1 - shared))

    def _write_price(self, production, moves, product, cost):
        # See _set_prices: who reports may write no prices; these follow from the order.
        priced = moves.sudo().filtered(lambda move: move.product_id == product)
        if product.cost_method not in ("fifo", "average"):
            priced.price_unit = product.standard_price
            return
        made = (
            production.move_finished_ids.filtered(
                lambda move: move.product_id == product and move.state == "done"
            )
            | priced
        )
        quantity = sum(made.move_line_ids.mapped("quantity_product_uom"))
        priced.price_unit = cost / quantity if quantity else product.standard_price

    def _get_cost(self, production):
        """Return what the order has cost so far: material, operations, extra."""
        used = production.move_raw_ids.filtered(lambda move: move.state == "done")
        material = sum(used.mapped("value"))
        work = sum(order._cal_cost() for order in production.workorder_ids)
        made = sum(
            production.move_finished_ids.filtered(
                lambda move: (
                    move.state == "done" and move.product_id == production.product_id
                )
            ).move_line_ids.mapped("quantity_product_uom")
        )
        return material + work + production.extra_cost * made

    def _find_period_lock(self, moment):
        found = super()._find_period_lock(moment)
        # Lock dates are accounting's; whether one stands in the way, and which, is said.
        locks = self.company_id.sudo()._get_lock_date_violations(
            fields.Date.context_today(self, moment),
            fiscalyear=True,
            sale=False,
            purchase=False,
            tax=False,
            hard=True,
        )
        return max((date for date, _field in locks), default=found)

    def _check_correction_period(self):
        """Nothing is corrected in a period that accounting has locked."""
        result = super()._check_correction_period()
        production = self._get_production()
        closed = self.closed_at or fields.Datetime.now()
        if production.state == "done":
            closed = min(closed, production.date_finished or closed)
        locked = self._find_period_lock(closed)
        if locked:
            raise UserError(
                self.env._(
                    "%(order)s was closed in a period that accounting has locked up to "
                    "%(date)s. Post the difference by hand in the current period.",
                    order=self.name,
                    date=locked,
                )
            )
        return result
