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
        lines = self.filtered(lambda line: line._is_taking())
        if not lines:
            return
        held = lines._get_held_beside()
        lines = lines.filtered(lambda line: (line.product_id, line.location_id) in held)
        for (product, place, lot), alike in lines.grouped(
            lambda line: (line.product_id, line.location_id, line.lot_id)
        ).items():
            held_quants = held[product, place]
            free = self._get_free_quantity(product, place, lot, held_quants)
            wanted = 0.0 if taken else sum(alike.mapped("quantity_product_uom"))
            if product.uom_id.compare(free, wanted) < 0:
                raise LotOnHoldError(
                    self._prepare_uncovered(product, place, lot, held_quants)
                )

    def _is_taking(self):
        return (
            self.product_id.is_storable
            and not self.location_id.should_bypass_reservation()
            and not self._get_holders()  # decided by their own rules
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

    def _get_free_quantity(self, product, place, lot, held_quants):
        """Return what there is of a lot, or of any if none is named, and not on hold."""
        domain = [("product_id", "=", product.id), ("location_id", "=", place.id)]
        if lot:
            # Odoo makes up for a shortage of a lot from what has none.
            domain.append(("lot_id", "in", [lot.id, False]))
        # As above: the books decide.
        quants = self.env["stock.quant"].sudo().search(domain) - held_quants
        return sum(quants.mapped("quantity"))

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
