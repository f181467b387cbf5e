from collections import defaultdict

from odoo import models
from odoo.fields import Domain

from ..exceptions import LotOnHoldError

# Uses that take goods away; correcting and receiving do not hide what is held.
TAKING = {"consume", "ship", "transfer_out", "scrap", "internal"}


class StockMoveLine(models.Model):
    """What is taken must be there under its name, where held goods lie beside it.

    Odoo would book a negative stock, of no lot or of another one: the held goods would be
    gone in fact while the books still show them.
    """

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.move.line"

    def _check_covered(self, *, taken):
        """Refuse to take what is not there, from a place where the same is on hold.

        :param taken: the stock was booked already: then nothing may be negative now.
        :raises LotOnHoldError: names what is held there.
        """
        # What is held itself is decided by its own rules.
        lines = (self - self._filter_held()).filtered(lambda line: line._is_taking())
        if not lines:
            return
        held = lines._get_held_beside()
        lines = lines.filtered(lambda line: (line.product_id, line.location_id) in held)
        free = lines._get_free_beside(held)
        for (product, place, lot), alike in lines.grouped(
            lambda line: (line.product_id, line.location_id, line.lot_id)
        ).items():
            there = free.get((product, place), {})
            # Odoo makes up for a shortage of a lot from what has none.
            lots = (lot, lot.browse()) if lot else there
            available = sum(there.get(one, 0.0) for one in lots)
            wanted = 0.0 if taken else sum(alike.mapped("quantity_product_uom"))
            if product.uom_id.compare(available, wanted) < 0:
                raise LotOnHoldError(
                    self._prepare_uncovered(product, place, lot, held[product, place])
                )

    def _is_taking(self):
        return (
            self.product_id.is_storable
            and not self.location_id.should_bypass_reservation()
            and self._get_lot_use() in TAKING
        )

    def _get_held_beside(self):
        """Return ``{(product, location): held quants}`` where these lines take from."""
        # What is held there decides, whoever may read it.
        Quant = self.env["stock.quant"].sudo()
        groups = Quant._read_group(
            Domain("product_id", "in", self.product_id.ids)
            & Domain("location_id", "in", self.location_id.ids)
            & Domain("quantity", ">", 0)
            & Quant._get_held_domain(),
            ["product_id", "location_id"],
            ["id:recordset"],
        )
        return {(product, place): quants for product, place, quants in groups}

    def _get_free_beside(self, held):
        """Return ``{(product, location): {lot: quantity}}`` of what is not on hold.

        :param held: what ``_get_held_beside`` returned.
        """
        free = defaultdict(dict)
        if not self:
            return free
        stopped = [quant.id for quants in held.values() for quant in quants]
        # As above: the books decide.
        for product, place, lot, quantity in self.env["stock.quant"].sudo()._read_group(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id", "in", self.location_id.ids),
                ("id", "not in", stopped),
            ],
            ["product_id", "location_id", "lot_id"],
            ["quantity:sum"],
        ):
            free[product, place][lot] = quantity
        return free

    def _prepare_uncovered(self, product, place, lot, held_quants):
        return self.env._(
            "There is not enough of %(goods)s in %(place)s that is not on hold. On hold "
            "there: %(held)s. Take what is free, or ask quality to decide.",
            goods=(lot or product).display_name,
            place=place.display_name,
            held="; ".join(
                f"{(quant.lot_id or quant.package_id or product).display_name}: "
                f"{quant._get_hold_reason()}"
                for quant in held_quants
            ),
        )
