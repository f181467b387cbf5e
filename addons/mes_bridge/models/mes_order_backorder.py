from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError


class MesOrder(models.Model):
    """What is left becomes the next part of the same order."""

    _inherit = "mes.order"

    def _split_off_rest(self, production, made):
        """Return the backorder of what was not made, or an empty record.

        The plan is given back first: Odoo divides what is planned, and what was posted
        is no longer in there.
        """
        done = production.product_id.uom_id._compute_quantity(
            made, production.product_uom_id
        )
        rest = production.product_qty - done
        if production.product_uom_id.compare(rest, 0.0) <= 0:
            return production.browse()
        self._restore_plan(production)
        # Odoo renames the order when it splits it, analytic entries included, which
        # whoever works in production may not read.
        divided = production.sudo().with_context(mes_posting=True)
        parts = divided._split_productions({divided: [done, rest]})
        backorder = (parts - divided).sudo(False).with_context(mes_posting=False)
        backorder.filtered(lambda p: p.state == "draft").action_confirm()
        return backorder

    def _restore_plan(self, production):
        per_unit = (self.revision or {}).get("per_unit", {})
        context = {"no_procurement": True, "do_not_unreserve": True}
        for move in production.move_raw_ids | production.move_finished_ids:
            if move.mes_event_id or move.state in ("done", "cancel"):
                continue
            if move.production_id:
                share = 1.0
                if move.byproduct_id:
                    share = move.byproduct_id.product_qty / (
                        production.bom_id.product_qty or 1.0
                    )
                quantity = production.product_qty * share
            else:
                planned = per_unit.get(str(move.product_id.id), 0.0)
                quantity = move.product_id.uom_id._compute_quantity(
                    planned * production.product_uom_qty, move.product_uom
                )
            move.with_context(**context).product_uom_qty = quantity

    def _continue_with(self, production):
        """Release the backorder under the same reference.

        Reports from here on are about it.
        """
        self.write(
            {
                "production_id": production.id,
                "part": self.part + 1,
                "state": "released",
                "release_number": self.release_number + 1,
                "accepts_totals": False,
                "accepts_consumption": False,
                "good_qty": 0,
                "scrapped_qty": 0,
            }
        )
        production.mes_part = self.part
        self.revision = production._prepare_revision()
        self._publish("production.order.released")

    def _raise_not_finished(self, production):
        raise BusinessError(
            self.env._(
                "Odoo asks something before %s can be done. Open it and press "
                "'Produce All' to see what.",
                production.name,
            ),
            kind="mes_bridge.not_finished",
            fingerprint=self.name,
            values={"mes_order_id": self.id},
        )
