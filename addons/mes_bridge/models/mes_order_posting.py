from odoo import Command, models

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
        """Return ``[(event, quantity to post)]``, in the product's unit.

        What is known of later parts is posted on the one that is made now.
        """
        part = self._get_part()
        differences = []
        for event in self.event_ids:
            is_later = event.part > part == self.part
            if event.kind not in POSTED_KINDS or not (event.part == part or is_later):
                continue
            difference = folded.rounded[event.identity] - event.posted
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
                event._correct_posted(folded.rounded[event.identity])
                self._shift_demand(production, event, quantity)
        for event, _quantity in differences:
            # Nobody edits reports, whoever brings them; this is the bridge's own mark.
            event.sudo().posted = folded.rounded[event.identity]
        if differences:
            self._on_posted(production)
        self._post_times(production, folded)

    def _on_posted(self, production):
        """Hook: stock of ``production`` was moved by reports, in this transaction."""

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
        return self._find_planned_moves(production, event)[:1]

    def _backdate(self, events):
        """Give moves the date on which it happened: Odoo stamps the present.

        The production order rewrites the dates of its moves when its own change.
        """
        by_moment = {}
        for event in events:
            by_moment.setdefault(event._get_date(), []).extend(event.move_ids.ids)
        for moment, ids in by_moment.items():
            if ids:
                self.env["stock.move"].browse(ids).write({"date": moment})
