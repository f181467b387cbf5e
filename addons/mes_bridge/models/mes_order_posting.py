from odoo import Command, models

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.lifecycle import TOLERANCE

POSTED_KINDS = ("consumed", "reported", "byproduct", "scrapped")
# The stock that was there comes first, whatever of the same moment is reported.
POSTING_ORDER = {"reported": 0, "byproduct": 1, "consumed": 2, "scrapped": 3}


class MesOrder(models.Model):
    """From what the reports add up to, to stock: one done move per report.

    Each move has the date on which it happened. What a report adds by now less what is
    posted of it is what there is to post: a correction changes its move. So the end does
    not depend on the order of arrival.
    """

    _inherit = "mes.order"

    def _find_differences(self, folded):
        """Return ``[(event, quantity to post)]``, in the product's unit."""
        differences = []
        for event in self._get_events():
            if event.kind not in POSTED_KINDS:
                continue
            difference = folded.amounts[event.identity] - event.posted
            if abs(difference) > TOLERANCE:
                differences.append((event, difference))
        return sorted(
            differences, key=lambda pair: (POSTING_ORDER[pair[0].kind], pair[0].id)
        )

    def _post(self, folded):
        """Bring stock and times to what the reports add up to.

        :raises BusinessError: a person has to decide; nothing is posted.
        """
        production = self._get_production()
        differences = self._find_differences(folded)
        fresh = [
            (event, quantity) for event, quantity in differences if not event.move_ids
        ]
        if fresh:
            self._check_components(production, fresh)
            self._check_lots(production, fresh)
            self._check_serials(production, fresh)
            self._post_fresh(production, fresh)
        for event, quantity in reversed(differences):
            if (event, quantity) not in fresh:
                event._correct_posted(folded.amounts[event.identity])
                self._shift_demand(production, event, quantity)
        for event, _quantity in differences:
            # Nobody edits reports, whoever brings them; this is the bridge's own mark.
            event.sudo().posted = folded.amounts[event.identity]
        if differences:
            self._on_posted(production)
        self._post_times(production, folded)

    def _on_posted(self, production):
        """Hook: stock of ``production`` was moved by reports, in this transaction."""

    # Checks --------------------------------------------------------------

    def _check_components(self, production, differences):
        """Refuse what is no component of the order, until a person accepts it.

        :raises BusinessError: ``mes_bridge.unknown_component``
        """
        known = production.move_raw_ids.product_id | self.accepted_product_ids
        for event, _quantity in differences:
            if event.kind == "consumed" and event.product_id not in known:
                raise BusinessError(
                    self.env._(
                        "%(product)s was consumed on %(order)s and is no component of "
                        "it.",
                        product=event.product_id.display_name,
                        order=self.name,
                    ),
                    kind="mes_bridge.unknown_component",
                    fingerprint=f"{self.name}:{event.product_id.id}",
                    values={
                        "mes_order_id": self.id,
                        "mes_product_id": event.product_id.id,
                    },
                )

    def _check_lots(self, production, differences):
        """Refuse lots of which the plant does not have as much.

        :raises BusinessError: ``mes_bridge.lot_not_in_stock``
        """
        wanted = {}
        for event, quantity in differences:
            if event.lot_id and self._takes_stock(event):
                wanted[event.lot_id] = wanted.get(event.lot_id, 0.0) + quantity
        if not wanted:
            return
        place = production.location_src_id.warehouse_id.view_location_id
        stock = dict(
            self.env["stock.quant"]._read_group(
                [
                    ("lot_id", "in", [lot.id for lot in wanted]),
                    (
                        "location_id",
                        "child_of",
                        (place or production.location_src_id).id,
                    ),
                ],
                ["lot_id"],
                ["quantity:sum"],
            )
        )
        for lot, quantity in wanted.items():
            if stock.get(lot, 0.0) + TOLERANCE < quantity:
                raise BusinessError(
                    self.env._(
                        "%(order)s reports %(quantity)g of lot %(lot)s (%(product)s), of "
                        "which the plant has %(available)g.",
                        order=self.name,
                        quantity=quantity,
                        lot=lot.name,
                        product=lot.product_id.display_name,
                        available=stock.get(lot, 0.0),
                    ),
                    kind="mes_bridge.lot_not_in_stock",
                    fingerprint=f"{self.name}:{lot.id}",
                    values={"mes_order_id": self.id, "mes_lot_id": lot.id},
                )

    def _check_serials(self, production, differences):
        """Refuse to make a serial number twice, or more of it than one.

        Odoo checks only when the order is done.

        :raises BusinessError: ``mes_bridge.serial_twice``
        """
        for event, quantity in differences:
            if event.product_id.tracking != "serial" or self._takes_stock(event):
                continue
            made_before = event.kind == "scrapped" and event.made_before
            twice = (
                not made_before
                and production._are_finished_serials_already_produced(event.lot_id)
            )
            if quantity > 1 + TOLERANCE or twice:
                raise BusinessError(
                    self.env._(
                        "%(order)s reports serial number %(serial)s of %(product)s, "
                        "which was made before or counts more than once.",
                        order=self.name,
                        serial=event.lot_id.name,
                        product=event.product_id.display_name,
                    ),
                    kind="mes_bridge.serial_twice",
                    # The lot may be this report's own, and go with it.
                    fingerprint=f"{self.name}:{event.lot_id.name}",
                    values={"mes_order_id": self.id},
                )

    def _takes_stock(self, event):
        return event.kind == "consumed" or (
            event.kind == "scrapped" and event.product_id != self.product_id
        )

    # Posting -------------------------------------------------------------

    def _post_fresh(self, production, differences):
        """Post reports that have no move yet, all of them in one go per direction."""
        for event, quantity in differences:
            self._shift_demand(production, event, quantity)
        vals_list = [
            self._prepare_move_vals(production, event, quantity)
            for event, quantity in differences
            if event.kind != "scrapped" or self._is_made_by_scrap(event)
        ]
        moves = self.env["stock.move"].create(vals_list)
        for made in (True, False):
            chosen = moves.filtered(
                lambda move, made=made: bool(move.production_id) is made
            )
            if chosen:
                self._price(production, chosen)
                chosen.with_context(skip_mo_check=True)._action_done()
        for event, quantity in differences:
            if event.kind == "scrapped":
                event._scrap(production, quantity)
        self._backdate([event for event, _quantity in differences])

    def _is_made_by_scrap(self, event):
        return event.product_id == self.product_id and not event.made_before

    def _price(self, production, moves):
        """Hook: ``moves`` are about to be posted; where stock is valued, price them."""

    def _prepare_move_vals(self, production, event, quantity):
        """Return the values of a move that is about to be done.

        It does not come out of the planned move: that one stays, with what is left.
        """
        product = event.product_id
        planned = self._find_planned_move(production, event)
        vals = {
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": quantity,
            "company_id": self.company_id.id,
            "picked": True,
            # Splitting a production order leaves additional moves where they are.
            "additional": True,
            "mes_event_id": event.id,
            "procure_method": "make_to_stock",
            "picking_type_id": production.picking_type_id.id,
            **self._prepare_place_vals(production, event, planned),
        }
        line = {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "lot_id": event.lot_id.id,
            "quantity": quantity,
            "location_id": vals["location_id"],
            "location_dest_id": vals["location_dest_id"],
            "company_id": self.company_id.id,
        }
        return {**vals, "move_line_ids": [Command.create(line)]}

    def _prepare_place_vals(self, production, event, planned):
        if event.kind == "consumed":
            return {
                "raw_material_production_id": production.id,
                "bom_line_id": planned.bom_line_id.id,
                "operation_id": planned.operation_id.id,
                "workorder_id": event.workorder_id.id or planned.workorder_id.id,
                "location_id": (planned.location_id or production.location_src_id).id,
                "location_dest_id": production.production_location_id.id,
            }
        return {
            "production_id": production.id,
            "byproduct_id": planned.byproduct_id.id,
            "cost_share": planned.cost_share,
            "location_id": production.production_location_id.id,
            "location_dest_id": production.location_dest_id.id,
            "location_final_id": planned.location_final_id.id,
            # Its rules put the output away in a warehouse of several steps.
            "warehouse_id": production.location_dest_id.warehouse_id.id,
            "move_dest_ids": [
                Command.link(move.id)
                for move in planned.move_dest_ids
                if event.kind != "scrapped" and move.state not in ("done", "cancel")
            ],
        }

    def _find_planned_move(self, production, event):
        """Return the planned move that a report takes from, or an empty one."""
        side = "move_raw_ids" if event.kind == "consumed" else "move_finished_ids"
        moves = production[side].filtered(
            lambda move: move.product_id == event.product_id and not move.mes_event_id
        )
        here = moves.filtered(lambda move: move.workorder_id == event.workorder_id)
        candidates = (here if event.workorder_id and here else moves).sorted("id")
        return candidates.filtered("product_uom_qty")[:1] or candidates[:1]

    def _shift_demand(self, production, event, quantity):
        """Take what was posted off the plan: it is neither expected nor reserved twice.

        :param quantity: in the product's unit; below zero gives it back.
        """
        if event.kind == "scrapped" and not self._is_made_by_scrap(event):
            return
        planned = self._find_planned_move(production, event)
        if not planned or planned.state in ("done", "cancel"):
            return
        unit = event.product_id.uom_id
        rest = max(0.0, planned.product_qty - quantity)
        if event.kind == "consumed" and quantity > 0:
            self._free_reservation(planned, event.lot_id, quantity, rest)
        # Nothing is bought or moved again because of what was consumed.
        planned.with_context(
            no_procurement=True, do_not_unreserve=True
        ).product_uom_qty = unit._compute_quantity(
            rest, planned.product_uom, rounding_method="HALF-UP"
        )

    def _free_reservation(self, planned, lot, quantity, rest):
        """Give up what was reserved of a lot that is gone, and what exceeds the rest."""
        lines = planned.move_line_ids.sorted(lambda line: (line.lot_id != lot, line.id))
        excess = max(0.0, sum(lines.mapped("quantity_product_uom")) - rest)
        for line in lines:
            share = quantity if line.lot_id == lot else excess
            taken = min(line.quantity_product_uom, share)
            if taken <= TOLERANCE:
                continue
            excess = max(0.0, excess - taken)
            kept = line.quantity_product_uom - taken
            if kept <= TOLERANCE:
                line.unlink()
            else:
                line.quantity = line.product_id.uom_id._compute_quantity(
                    kept, line.product_uom_id
                )

    def _backdate(self, events):
        """Give moves the date on which it happened: Odoo stamps the present.

        The production order rewrites the dates of its moves when its own change.
        """
        by_moment = {}
        for event in events:
            by_moment.setdefault(event.occurred_at, []).extend(event.move_ids.ids)
        for moment, ids in by_moment.items():
            if ids:
                self.env["stock.move"].browse(ids).write({"date": moment})
