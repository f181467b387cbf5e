from odoo import Command, fields, models

from ..lib.consumption import find_deviations
from ..lib.lifecycle import TOLERANCE


class MesOrder(models.Model):
    """Finishing the production order once everything announced has been reported."""

    _inherit = "mes.order"

    def _settle(self, folded):
        """Close what can be closed; else say why not, in one exception per reason.

        What was reported is posted and stays so: what a person decides is the closing.
        """
        problems = dict(self._find_problems(folded))
        self._keep_exceptions(problems)
        complete = folded.state == "completed" and (
            folded.is_settled or self.accepts_totals
        )
        if complete and not problems:
            self._close(folded)

    def _find_problems(self, folded):
        """Return ``[(exception kind, sentence)]`` of what keeps the order from closing."""
        if folded.state != "completed":
            return []
        problems = []
        if folded.excess and not self.accepts_totals:
            text = self.env._(
                "The reports of %(order)s exceed the totals that its completion "
                "announced: %(excess)s.",
                order=self.name,
                excess=", ".join(self._describe_differences(folded.excess)),
            )
            problems.append(("totals_mismatch", text))
        if problems or not (folded.is_settled or self.accepts_totals):
            return problems
        if self._get_made(folded) <= TOLERANCE:
            # With zero Odoo would produce the whole order.
            text = self.env._("%s was completed without any good quantity.", self.name)
            problems.append(("nothing_produced", text))
            return problems
        deviations = self._describe_deviations(folded)
        if deviations and self._get_production().consumption == "strict":
            text = self.env._(
                "What was consumed on %(order)s differs from its bill of materials, "
                "which allows no difference: %(deviations)s.",
                order=self.name,
                deviations=deviations,
            )
            if not self.accepts_consumption:
                problems.append(("consumption_differs", text))
        return problems

    def _get_made(self, folded):
        """Return what was made, good or scrapped, in the product's unit."""
        scrapped = [
            folded.amounts[event.identity]
            for event in self._get_events()
            if event.kind == "scrapped" and self._is_made_by_scrap(event)
        ]
        return sum(folded.produced.values()) + sum(scrapped)

    def _describe_deviations(self, folded):
        """Compare with the revision released, not with today's bill of materials.

        Odoo's own check reads the live one.
        """
        consumed = {}
        for (product, _lot), quantity in folded.consumed.items():
            consumed[product] = consumed.get(product, 0.0) + quantity
        per_unit = {
            int(product): quantity
            for product, quantity in (self.revision or {}).get("per_unit", {}).items()
        }
        deviations = find_deviations(per_unit, consumed, self._get_made(folded))
        Product = self.env["product.product"]
        return ", ".join(
            self.env._(
                "%(product)s %(consumed)g instead of %(expected)g",
                product=Product.browse(deviation.product).display_name,
                consumed=deviation.consumed,
                expected=deviation.expected,
            )
            for deviation in deviations
        )

    # Closing -------------------------------------------------------------

    def _close(self, folded):
        """Finish the production order; what is left is the order's next part.

        Completed anew after it was opened again, an order that is done gets its dates,
        links and value anew.
        """
        production = self._get_production()
        completion = self._get_events().filtered(lambda e: e.kind == "completed")[-1:]
        following = production.browse()
        if production.state not in ("done", "cancel"):
            made = self._get_made(folded)
            following = self._prepare_following(production, made, completion)
            if following:
                self._hand_over(following)
            elif self._ignore_backorder(completion):
                self._apply()
                return
            self._finish(production, folded, made)
        self._write_closing(production, folded)
        self._note_deviations(production, folded)
        if following:
            self._continue_with(following, completion._prepare_lifecycle_event().place)
        else:
            self.write({"state": "closed", "closed_at": fields.Datetime.now()})

    def _write_closing(self, production, folded):
        """Say when, of what and at what cost: from all reports, whenever they change."""
        if production.state == "done":
            self._link_lines(production)
            self._post_closing_times(production, folded)

    def _finish(self, production, folded, made):
        """Mark it done; Odoo answers with a dialogue as often as with a result.

        What is still planned is cancelled first: Odoo would fill in what it expected.

        :raises BusinessError: ``mes_bridge.not_finished``
        """
        planned = (production.move_raw_ids | production.move_byproduct_ids).filtered(
            lambda move: not move.mes_event_id and move.state not in ("done", "cancel")
        )
        planned.picked = False
        planned.with_context(skip_mo_check=True)._action_cancel()
        lots = self._get_output_lots(folded)
        if production.product_tracking == "lot":
            # Odoo's field holds one; each lot has its own move.
            lots = lots[:1]
        production.write(
            {
                "lot_producing_ids": [Command.set(lots.ids)],
                "qty_producing": production.product_id.uom_id._compute_quantity(
                    made, production.product_uom_id
                ),
            }
        )
        # Odoo writes costs and analytic entries of operations, which whoever works in
        # production may not read. What they may do with the order was checked above.
        production.sudo().with_context(
            skip_backorder=True,
            skip_consumption=True,
            mo_ids_to_backorder=[],
            mes_posting=True,
        ).button_mark_done()
        if production.state != "done":
            self._raise_not_finished(production)

    def _get_output_lots(self, folded):
        """Return the lots of what was made, the one that came first in front."""
        events = self._get_events().filtered(
            lambda e: (
                e.product_id == self.product_id
                and e.lot_id
                and e.kind in ("reported", "scrapped")
                and folded.amounts[e.identity] > TOLERANCE
            )
        )
        lots = self.env["stock.lot"]
        for event in events.sorted(lambda e: (e.occurred_at, e.identity)):
            lots |= event.lot_id
        return lots

    def _link_lines(self, production):
        """Say which lots went into which: what the shop floor told, else all into all.

        Odoo links what was posted last only.
        """
        consumed = production.move_raw_ids.move_line_ids.filtered(
            lambda line: line.state == "done"
        )
        for line in production.move_finished_ids.move_line_ids:
            line.consume_line_ids = consumed.filtered(
                lambda used, line=line: (
                    used.move_id.mes_event_id.output_lot_id
                    in (self.env["stock.lot"], line.lot_id)
                )
            )

    def _note_deviations(self, production, folded):
        """Ask about the difference where the bill of materials only warns: the order is
        done all the same."""
        asks = production.state == "done" and production.consumption == "warning"
        deviations = asks and self._describe_deviations(folded)
        problems = {}
        if deviations:
            problems["consumption_warning"] = self.env._(
                "%(order)s consumed otherwise than planned: %(deviations)s.",
                order=self.name,
                deviations=deviations,
            )
        self._keep_exceptions(problems, ("consumption_warning",))
