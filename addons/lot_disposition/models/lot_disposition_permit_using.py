from odoo import api, fields, models

from .lot_disposition_queries import FOR_WRITING, lock_rows


class LotDispositionPermit(models.Model):
    """Asking what a permit still opens, and counting down what is used of it."""

    # An idea of its own, in a file of its own.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "lot.disposition.permit"

    def _covers(self, move, use):
        """Tell whether this permit is for what a move does, whatever the quantity.

        :param use: see ``lib.decision.Use``
        """
        self.ensure_one()
        today = fields.Date.today()
        return (
            self.state == "active"
            and self.use in ("any", use)
            and (not self.valid_from or self.valid_from <= today)
            and (not self.valid_until or today <= self.valid_until)
            and self._covers_order(move)
        )

    def _covers_order(self, move):
        order = self.order_ref
        wanted_order = f"{order._name},{order.id}" if order else None
        partners = self.partner_ids.commercial_partner_id
        made = self.made_product_ids
        return (
            (not wanted_order or wanted_order in move._get_served_orders())
            and (not partners or bool(partners & move._get_served_partners()))
            and (not made or bool(made & move._get_made_products()))
        )

    def _get_left(self):
        """Return what may still be used, in the product's unit; ``inf`` without limit."""
        self.ensure_one()
        return self.quantity - self.used_quantity if self.quantity else float("inf")

    @api.model
    def _get_permitted(self, move, use):
        """Return ``((lot id, quantity left), …)`` of what a move may reserve on permits."""
        left = {}
        # What was granted holds for whoever makes the move. Read at once for all the
        # products that are being reserved.
        for permit in move.product_id.sudo().disposition_permit_ids:
            if permit.lot_id and permit._covers(move, use):
                lot_id = permit.lot_id.id
                left[lot_id] = left.get(lot_id, 0.0) + permit._get_left()
        return tuple(
            (lot_id, quantity) for lot_id, quantity in left.items() if quantity > 0
        )

    def _use(self, line):
        """Count down what a line uses, over as many permits as it takes.

        A permit used by somebody else since this transaction began makes PostgreSQL
        report a serialization failure, and Odoo runs the request again.
        """
        lock_rows(self, FOR_WRITING)
        wanted = line._get_used_quantity()
        for permit in self:
            used = min(wanted, permit._get_left())
            if used <= 0:
                continue
            # Nobody writes permits and their uses by hand.
            permit.sudo().used_quantity += used
            self.env["lot.disposition.permit.use"].sudo().create(
                permit._prepare_use_vals(line, used)
            )
            permit._record(
                "permit_use",
                line.move_id.reference or permit.reason,
                path="ui",
                quantity=used,
            )
            wanted -= used

    def _prepare_use_vals(self, line, quantity):
        self.ensure_one()
        return {
            "permit_id": self.id,
            "move_line_id": line.id,
            "lot_id": self.lot_id.id,
            "package_id": self.package_id.id,
            "location_id": self.location_id.id,
            "quantity": quantity,
            "user_id": self.env.uid,
            "used_at": fields.Datetime.now(),
        }
