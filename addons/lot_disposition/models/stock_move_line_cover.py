from collections import defaultdict

from odoo import models
from odoo.fields import Domain

from ..exceptions import LotOnHoldError

# Uses that take goods away.
TAKING = {"consume", "ship", "transfer_out", "scrap", "internal"}
# These take goods away as well; where a lot is short, Odoo makes up for it from what has
# none, which may be on hold. Quarantine would not hold it under a lot's name.
MAKING_UP = {"correction", "return_to_vendor", "to_quarantine"}


class StockMoveLine(models.Model):
    """What is taken must be there under its name, where held goods lie beside it.

    Odoo would book a negative stock, of no lot or of another one: the held goods would be
    gone in fact while the books still show them.
    """

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "stock.move.line"

    def _check_covered(self, *, taken):
        """Refuse to take what is not there, where the same is on hold.

        What is held in a place counts for that place, and for those around it: what Odoo
        finds nowhere it books on the place that the document names.

        :param taken: the stock was booked already: then nothing may be negative now.
        :raises LotOnHoldError: names what is held there.
        """
        # What is held itself is decided by its own rules.
        lines = (self - self._filter_held()).filtered(lambda line: line._is_taking())
        if not lines:
            return
        held = lines._get_held_beside()
        if not held:
            return
        free = lines._get_free_beside(held)
        makes_up = lines.filtered(lambda line: line._get_lot_use() in MAKING_UP)
        (lines - makes_up)._check_covered_by(free, held, taken)
        without_lot = {
            key: quants.filtered(lambda quant: not quant.lot_id)
            for key, quants in held.items()
            if not key[2]  # a lot is made up for from its own place only
        }
        makes_up._check_covered_by(free, without_lot, taken)

    def _check_covered_by(self, free, held, taken):
        for key, quantity in self._get_wanted(taken).items():
            product, place, lot, around = key
            held_quants = held.get((product, place, around))
            if not held_quants:
                continue
            there = free[product, place, around]
            # Odoo makes up for a shortage of a lot from what has none.
            lots = (lot, lot.browse()) if lot else there
            available = sum(there.get(one, 0.0) for one in lots)
            if product.uom_id.compare(available, quantity) < 0:
                raise LotOnHoldError(
                    self._prepare_uncovered(product, place, lot, held_quants)
                )

    def _get_wanted(self, taken):
        """Return ``{(product, place, lot, around): quantity}`` that these lines take.

        :param taken: it was taken already; then the quantities are 0.
        """
        wanted = defaultdict(float)
        for line in self:
            quantity = 0.0 if taken else line.quantity_product_uom
            for place, around in line.location_id._list_places_counted(self.location_id):
                wanted[line.product_id, place, line.lot_id, around] += quantity
        return wanted

    def _is_taking(self):
        return (
            self.product_id.is_storable
            and not self.location_id.should_bypass_reservation()
            and self._get_lot_use() in (TAKING | MAKING_UP if self.lot_id else TAKING)
        )

    def _get_held_beside(self):
        """Return ``{(product, place, around): held quants}`` where these lines take from.

        :returns: with ``around``, also what lies in the places inside of that place.
        """
        # What is held there decides, whoever may read it.
        Quant = self.env["stock.quant"].sudo()
        groups = Quant._read_group(
            Domain("product_id", "in", self.product_id.ids)
            & Domain("location_id", "child_of", self.location_id.ids)
            & Domain("quantity", ">", 0)
            & Quant._get_held_domain(),
            ["product_id", "location_id"],
            ["id:recordset"],
        )
        held = defaultdict(Quant.browse)
        for product, there, quants in groups:
            for place, around in there._list_places_counted(self.location_id):
                held[product, place, around] |= quants
        return held

    def _get_free_beside(self, held):
        """Return ``{(product, place, around): {lot: quantity}}`` of what is not on hold.

        :param held: what ``_get_held_beside`` returned.
        """
        free = defaultdict(lambda: defaultdict(float))
        stopped = {quant.id for quants in held.values() for quant in quants}
        # As above: the books decide.
        for product, there, lot, quantity in self.env["stock.quant"].sudo()._read_group(
            [
                ("product_id", "in", list({product.id for product, _p, _a in held})),
                ("location_id", "child_of", self.location_id.ids),
                ("id", "not in", list(stopped)),
            ],
            ["product_id", "location_id", "lot_id"],
            ["quantity:sum"],
        ):
            for place, around in there._list_places_counted(self.location_id):
                free[product, place, around][lot] += quantity
        return free

    def _prepare_uncovered(self, product, place, lot, held_quants):
        return self.env._(
            "There is not enough of %(goods)s in %(place)s that is not on hold. On hold "
            "there: %(held)s. Take what is free, or ask quality to decide.",
            goods=(lot or product).display_name,
            place=place.display_name,
            held="; ".join(
                f"{(quant.lot_id or quant.package_id or quant.location_id).display_name}: "
                f"{quant._get_hold_reason()}"
                for quant in held_quants
            ),
        )
