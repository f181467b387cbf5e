from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models
from odoo.fields import Domain

from ..lib.reservation import Release, ReservationScope
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
    def _prepare_scope(self, move, use):
        """Return the ``ReservationScope`` of a move: its use, and what permits open for it."""
        scope = ReservationScope(use)
        # What was granted holds for whoever makes the move. Read at once for all the
        # products that are being reserved.
        permits = move.product_id.sudo().disposition_permit_ids.filtered(
            lambda permit: permit._opens(scope) and permit._covers(move, use)
        )
        permitted, released = defaultdict(float), []
        for permit, left in permits._get_unreserved():
            if left > 0 and permit.lot_id:
                permitted[permit.lot_id.id] += left
            elif left > 0:
                released.append(permit._prepare_release(left))
        return replace(
            scope, permitted=tuple(permitted.items()), released=tuple(released)
        )

    def _opens(self, scope):
        """Tell whether this is needed for a use, and enough for it."""
        if not self.lot_id:
            return scope.may_be_released
        return self.lot_id.disposition == "restricted" and (
            not self.lot_id._allows(scope.use)
        )

    def _prepare_release(self, quantity):
        subject = self._get_subject()
        return Release(
            self.id, subject._disposition_column, subject.parent_path, quantity
        )

    def _get_unreserved(self):
        """Return ``[(permit, quantity)]``: what is left when all is used that is reserved."""
        left = {permit: permit._get_left() for permit in self}
        limited = self.filtered("quantity")
        for line in limited._find_reserved_lines():
            wanted, use = line.quantity_product_uom, line._get_lot_use()
            for permit in limited:
                taken = min(wanted, left[permit]) if permit._serves(line, use) else 0.0
                left[permit] -= taken
                wanted -= taken
        return list(left.items())

    def _find_reserved_lines(self):
        """Return the open lines that hold goods these permits are for."""
        if not self:
            return self.env["stock.move.line"]
        goods = Domain.OR(
            Domain(column, "child_of" if column != "lot_id" else "in", permits.ids)
            for column in ("lot_id", "package_id", "location_id")
            if (permits := self[column])
        )
        return self.env["stock.move.line"].search(
            goods
            & Domain("product_id", "in", self.product_id.ids)
            & Domain("state", "in", ("assigned", "partially_available"))
            & Domain("quantity", ">", 0)
        )

    def _serves(self, line, use):
        """Tell whether a line that is done will use this permit."""
        subject = self._get_subject()
        goods = line[subject._disposition_column]
        there = goods == subject or (
            not self.lot_id and (goods.parent_path or "").startswith(subject.parent_path)
        )
        return (
            there
            and self._opens(ReservationScope(use))
            and self._covers(line.move_id, use)
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
