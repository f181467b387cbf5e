from odoo import Command, models

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.lifecycle import TOLERANCE


class MesEvent(models.Model):
    """What one report did to the stock, and how it is corrected."""

    _inherit = "mes.event"

    def _correct_posted(self, quantity):
        """Change what is posted of this report, for example to nothing.

        Odoo corrects stock when the quantity of a done line changes.

        :param quantity: what it adds now, in the product's unit.
        :raises BusinessError: ``mes_bridge.moved_on``, when the goods are elsewhere.
        """
        self.ensure_one()
        self._check_period_of_correction()
        self._check_still_there(self.posted - quantity)
        # A scrap before what made the scrapped units: last done, first undone.
        for move in self.move_ids.sorted("id", reverse=True):
            if not move.scrap_id:
                self._correct_chain(move, quantity - self.posted)
            move.move_line_ids.quantity = quantity
        self._reserve_put_away()
        self.order_id._backdate(self)

    def _localise_operation(self, production):
        """Let the report speak of the same operation of another part of its order."""
        told = self.workorder_id
        if not told or told.production_id == production:
            return
        others = production.workorder_ids
        same = others.filtered(
            lambda other: told.operation_id and other.operation_id == told.operation_id
        ) or others.filtered(lambda other: other.name == told.name)
        if same:
            # Nobody edits reports, whoever brings them; this is the bridge's own mark.
            self.sudo().workorder_id = same[0]

    def _move_to(self, production):
        """Move what is posted of this report to another part of its order.

        The goods stay where they are; only what they are for changes.
        """
        order = self.order_id
        for move in self.move_ids:
            side = (
                "production_id" if move.production_id else "raw_material_production_id"
            )
            vals = {side: production.id}
            if not move.scrap_id:
                planned = order._find_planned_move(production, self)
                vals["operation_id"] = planned.operation_id.id
                vals["workorder_id"] = (self.workorder_id or planned.workorder_id).id
            move.write(vals)
        self.move_ids.scrap_id.production_id = production

    def _correct_chain(self, move, difference):
        """Put-away that was planned for the output follows its quantity."""
        if self.kind == "scrapped":
            return
        for following in move.move_dest_ids:
            if following.picking_id and following.state not in ("done", "cancel"):
                self._shift_following(following, difference)

    def _shift_following(self, following, difference):
        rest = following.product_uom_qty + difference
        if rest > TOLERANCE:
            following.product_uom_qty = rest
        else:
            following._action_cancel()

    def _check_period_of_correction(self):
        """Refuse to change what accounting has locked since it was posted.

        :raises BusinessError: ``mes_bridge.correction_locked``
        """
        order = self.order_id
        locked = order._find_period_lock(self._get_date())
        if not locked:
            return
        raise BusinessError(
            self.env._(
                "%(order)s corrects a report of %(moment)s; the period is locked up to "
                "%(date)s.",
                order=order.name,
                moment=self._get_date(),
                date=locked,
            ),
            kind="mes_bridge.correction_locked",
            fingerprint=f"{order.name}:{self.report}",
            values={"mes_order_id": order.id},
        )

    def _check_still_there(self, quantity):
        """Refuse to take back output that is no longer where it was made."""
        if quantity <= 0 or self.kind not in ("reported", "byproduct"):
            return
        place = self.move_ids.location_dest_id
        available = self.env["stock.quant"]._get_available_quantity(
            self.product_id, place, lot_id=self.lot_id, strict=True, allow_negative=True
        )
        reserved = sum(self.move_ids.move_dest_ids.move_line_ids.mapped("quantity"))
        if available + reserved + TOLERANCE >= quantity:
            return
        raise BusinessError(
            self.env._(
                "%(order)s takes back %(quantity)g of %(product)s %(lot)s, of which "
                "only %(available)g are left in %(place)s. Unbuild it by hand where it "
                "is, then settle this.",
                order=self.order_id.name,
                quantity=quantity,
                product=self.product_id.display_name,
                lot=self.lot_id.name or "",
                available=max(0.0, available),
                place=place.display_name,
            ),
            kind="mes_bridge.moved_on",
            fingerprint=f"{self.order_id.name}:{self.report}",
            values={"mes_order_id": self.order_id.id},
        )

    def _scrap(self, production, quantity):
        """Scrap as a person would, with the reason.

        The place is said: by itself Odoo scraps even finished goods out of the place of
        the components, as long as the order is open.
        """
        order = self.order_id
        scrap = self.env["stock.scrap"].create(
            self._prepare_scrap_vals(order, production, quantity)
        )
        # Nothing of what is scrapped is put away.
        rest = quantity
        for following in self._find_put_away():
            if rest > TOLERANCE:
                share = min(rest, following.product_uom_qty)
                self._shift_following(following, -share)
                rest -= share
        scrap.do_scrap()
        self._reserve_put_away()
        scrap.move_ids.mes_event_id = self
        scrap.date_done = self._get_date()
        return scrap

    def _reserve_put_away(self):
        """Lowering the demand of a move gives up its reservation; the rest is there."""
        self._find_put_away()._action_assign()

    def _find_put_away(self):
        """Return the open moves by which what is scrapped would have been put away."""
        made = self
        if self.made_before:
            made = self.order_id.event_ids.filtered(
                lambda event: (
                    event.kind in ("reported", "byproduct")
                    and event.product_id == self.product_id
                    and event.lot_id == self.lot_id
                )
            )
        return made.move_ids.move_dest_ids.filtered(
            lambda move: move.picking_id and move.state not in ("done", "cancel")
        )

    def _find_scrap_place(self, production, quantity):
        """Return where the units are: where they were made, or put away to."""
        place = production.location_dest_id
        domain = [
            ("product_id", "=", self.product_id.id),
            ("lot_id", "=", self.lot_id.id),
            ("quantity", ">=", quantity),
        ]
        Quant = self.env["stock.quant"]
        if not self.made_before or Quant.search_count(
            [*domain, ("location_id", "=", place.id)], limit=1
        ):
            return place
        plant = place.warehouse_id.view_location_id
        elsewhere = Quant.search(
            [
                *domain,
                ("location_id", "child_of", plant.id),
                ("location_id.usage", "=", "internal"),
            ],
            limit=1,
        )
        return elsewhere.location_id or place

    def _prepare_scrap_vals(self, order, production, quantity):
        made = self.product_id in production.move_finished_ids.product_id
        place = production.location_src_id
        if made:
            place = self._find_scrap_place(production, quantity)
        return {
            "product_id": self.product_id.id,
            "lot_id": self.lot_id.id,
            "scrap_qty": quantity,
            "product_uom_id": self.product_id.uom_id.id,
            "production_id": production.id,
            "location_id": place.id,
            "company_id": order.company_id.id,
            "origin": order.name,
            "scrap_reason_tag_ids": [Command.set(self.scrap_reason_id.ids)],
        }
