from odoo import api, models

from ..exceptions import LotOnHoldError
from ..lib.decision import HELD, is_allowed
from .lot_disposition_queries import FOR_WRITING, lock_rows


class LotDispositionMixin(models.AbstractModel):
    """What a hold does: it refuses, and takes back what was reserved."""

    _inherit = "lot.disposition.mixin"

    @api.model
    def _find_holders(self, lot, package, place):
        """Return who holds goods: (record, status), the lot first; empty when nobody.

        :param lot: may be empty, as may ``package``.
        :param place: the location they are in.
        """
        # The disposition protects the company, whoever may read the records.
        lot, package, place = lot.sudo(), package.sudo(), place.sudo()
        holders = []
        if lot.disposition in HELD:
            holders.append((lot, lot.disposition))
        if package.effective_disposition in HELD:
            holders.append((package._get_held_around(), package.effective_disposition))
        if place.effective_disposition in HELD:
            holders.append((place._get_held_around(), place.effective_disposition))
        elif place.in_quarantine and not lot:
            holders.append((place._get_quarantine_around(), "quarantined"))
        return holders

    # Refusing -------------------------------------------------------------

    def _allows(self, use, *, quality=False):
        """Tell whether goods held by this one record may be used that way.

        :param use: see ``lib.decision.Use``
        :param quality: whoever asks belongs to the quality group.
        """
        self.ensure_one()
        return is_allowed(self.disposition, use, quality=quality)

    def _check_use(self, use):
        """Refuse a use that the disposition forbids.

        :param use: see ``lib.decision.Use``
        :raises LotOnHoldError: names the goods, the status, the reason, the way out.
        """
        quality = self._is_quality()
        for record in self:
            if not record._allows(use, quality=quality):
                raise LotOnHoldError(record._prepare_refusal(use))

    def _prepare_refusal(self, use, product=None):
        """Return the sentence that a person reads who tries it.

        :param product: what they tried it with, when it is not the record's own.
        """
        self.ensure_one()
        return self.env._(
            "%(subject)s is %(status)s and cannot be %(use)s. Reason: %(reason)s. %(way_out)s",
            subject=self._get_refused_subject(product),
            status=self._get_disposition_label(),
            use=self._get_use_label(use),
            reason=self._get_hold_reason(),
            way_out=self._get_way_out(use, product),
        )

    def _get_hold_reason(self):
        return self.disposition_reason or self.env._("none given")

    def _get_refused_subject(self, product):
        if not product:
            return self.display_name
        return self.env._(
            "%(product)s in %(place)s",
            product=product.display_name,
            place=self.display_name,
        )

    def _get_way_out(self, use, product):
        if product and self._disposition_column != "lot_id":
            # Two values of the rule are all that leaves it.
            people, signed = product.sudo().product_tmpl_id._get_release_rule()
            if people > 1 or signed:
                return self._get_way_out_on_permit(people)
        return self.env._(
            "Choose other stock, move it to a quarantine location, or ask quality to "
            "change its disposition."
        )

    def _get_way_out_on_permit(self, people):
        if people > 1:
            return self.env._(
                "It takes two people: quality asks for the release of a quantity at the "
                "stock of this place, another one approves it, and that much can be moved "
                "out."
            )
        return self.env._(
            "It takes a signature: quality releases a quantity at the stock of this place, "
            "and that much can be moved out."
        )

    def _get_use_label(self, use):
        labels = {
            "consume": self.env._("consumed"),
            "ship": self.env._("shipped"),
            "scrap": self.env._("scrapped"),
            "internal": self.env._("moved out of its place"),
            "transfer_out": self.env._("transferred"),
            "correction": self.env._("corrected in the inventory"),
        }
        return labels.get(use, use)

    # Taking back ----------------------------------------------------------

    def _get_reserved_domain(self):
        """Return the domain of the move lines whose goods these records hold."""
        return [(self._disposition_column, "in", self.ids)]

    def _take_back_reservations(self, entries):
        """Unreserve, picked or not, what the disposition no longer allows.

        The moves look for other stock at once; what that did to whom is recorded and
        told on the documents.

        :param entries: the ledger entries of the change.
        """
        self._lock_reserved_quants()
        lines = self.env["stock.move.line"].search(
            [
                *self._get_reserved_domain(),
                ("state", "not in", ("done", "cancel")),
                ("quantity", ">", 0),
            ]
        )
        forbidden = lines.filtered(lambda line: line._find_refusal())
        if not forbidden:
            return
        moves = forbidden.move_id
        lost = self._prepare_lost_reservations(forbidden, entries)
        forbidden.unlink()
        moves.filtered(lambda move: not move.move_line_ids).picked = False
        moves.filtered(
            lambda move: move.state in ("confirmed", "partially_available", "waiting")
        )._action_assign()
        self.env["lot.disposition.impact"]._record_lost(lost)

    def _lock_reserved_quants(self):
        """See to it that no reservation made at this moment is missed.

        A quant that was reserved since this transaction began makes PostgreSQL report a
        serialization failure; Odoo then runs the hold again and sees the reservation.
        """
        lock_rows(self.env["stock.quant"].search(self._get_reserved_domain()), FOR_WRITING)

    def _prepare_lost_reservations(self, lines, entries):
        """Return what ``lot.disposition.impact`` needs to know of each lost reservation.

        :returns: list of (entry, move, quantity lost, quantity reserved before), the
            quantities in the product's unit.
        """
        entry_of = {entry[self._disposition_column]: entry for entry in entries}
        lost = []
        for move, of_move in lines.grouped("move_id").items():
            before = sum(move.move_line_ids.mapped("quantity_product_uom"))
            for subject, of_subject in of_move.grouped(self._get_holder).items():
                if entry := entry_of.get(subject):
                    quantity = sum(of_subject.mapped("quantity_product_uom"))
                    lost.append((entry, move, quantity, before))
        return lost

    def _get_holder(self, line):
        """Return which of these records holds the goods of a line."""
        return line[self._disposition_column] & self

