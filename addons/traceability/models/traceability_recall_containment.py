from odoo import fields, models
from odoo.exceptions import UserError

from .traceability_recall_stock import STOPPED

# Places named in a message; the list on the form has all.
NAMED = 20


class TraceabilityRecall(models.Model):
    """Containing makes a recall real: whatever is left of it is stopped."""

    _inherit = "traceability.recall"

    def action_contain(self):
        """Quarantine every affected lot at once, and make the recall real.

        Asks anew first: what was made since the simulation is affected too. Again, it
        stops what was released in between, and nothing else changes.

        :raises UserError: it was not run, or is closed.
        """
        self.check_access("write")
        for recall in self:
            recall._check_may_be_contained()
            first = recall.state == "answered"
            if first:
                recall.action_run()
            lots = recall._find_lots_to_contain()
            lots._set_disposition(
                "quarantined", recall._get_hold_reason(), path="recall", origin=recall
            )
            if first:
                recall._become_real()
            elif not lots:
                continue
            recall.message_post(body=self.env._("%s lots were quarantined.", len(lots)))
            recall._tell_uncontained()
            recall._on_contained(lots)
        return True

    def _check_may_be_contained(self):
        if self.state == "draft":
            raise UserError(self.env._("Run %s first.", self.name))
        if self.state == "closed":
            raise UserError(
                self.env._(
                    "%s is closed. Press Compare, and contain what is affected now.",
                    self.name,
                )
            )

    def _become_real(self):
        # Nobody writes that by hand; who contains may, see above.
        self.sudo().write(
            {
                "state": "contained",
                "mode": "real",
                "contained_at": fields.Datetime.now(),
            }
        )

    def _find_lots_to_contain(self):
        """Return affected lots not stopped yet, also those with nothing on hand now.

        What comes back from a customer or out of production must not be used again.
        """
        return self.line_ids.lot_id.filtered(lambda lot: lot.disposition not in STOPPED)

    def _tell_uncontained(self):
        """Say which stock no hold of a lot stops, so that a person sets it aside."""
        rows = self.stock_ids.filtered(lambda row: not row.is_contained)
        if not rows:
            return
        names = [
            f"{row.product_id.display_name}: {row.quantity:g} {row.uom_id.name}, "
            f"{row.location_id.display_name}"
            for row in rows[:NAMED]
        ]
        if len(rows) > NAMED:
            names.append(f"+ {len(rows) - NAMED}")
        self.message_post(
            body=self.env._(
                "Not contained, for it has no lot: %s. Set it aside, or hold its place.",
                "; ".join(names),
            )
        )

    def _get_hold_reason(self):
        self.ensure_one()
        starts = self.line_ids.filtered("is_start").lot_id[:3].mapped("name")
        return self.env._(
            "%(recall)s, suspect lot %(lot)s: %(reason)s",
            recall=self.name,
            lot=", ".join(starts) or "–",
            reason=self.reason or self.env._("recall"),
        )

    def _on_contained(self, lots):
        """Hook: these lots were just quarantined for this recall, in this transaction.

        See ``traceability_supplier_quality``, which opens nonconformances.
        """
