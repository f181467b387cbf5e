from odoo import fields, models
from odoo.exceptions import UserError


class QualityNonconformance(models.Model):
    """Containment: nothing more of what is in scope is used."""

    _inherit = "quality.nonconformance"

    def action_contain(self):
        """Quarantine everything in scope, so that nothing more of it is used."""
        for nonconformance in self:
            lots = nonconformance._find_lots_in_scope()
            lines = nonconformance._find_lines_without_lot()
            if not lots and not lines:
                raise UserError(
                    self.env._(
                        "Say which lot or receipt %s is about to contain it.",
                        nonconformance.name,
                    )
                )
            held = lots.filtered(lambda lot: lot.disposition != "rejected")
            held._set_disposition(
                "quarantined",
                nonconformance._get_reason(),
                origin=nonconformance,
            )
            nonconformance._move_to_quarantine(lines, skip_gone=bool(lots))
            nonconformance._set_contained(lots)

    def _move_to_quarantine(self, lines, *, skip_gone):
        """Move what these lines brought, and has no lot, where it is on hold.

        :param skip_gone: other goods are contained, whether or not these are left.
        :raises UserError: nothing of it is left where it came in.
        """
        outside = lines.filtered(lambda line: not line.location_dest_id.in_quarantine)
        if not outside:
            return
        contain = self.env["lot.disposition.contain"]
        warehouse = outside[0].location_dest_id.warehouse_id
        wizard = contain.create(
            {
                "reason": self._get_reason(),
                "quarantine_id": warehouse._get_quarantine_place().id,
                "line_ids": [
                    fields.Command.create(vals)
                    for vals in contain._prepare_lines(outside)
                ],
            }
        )
        if skip_gone:
            wizard.line_ids.filtered(lambda line: not line._find_quants()).unlink()
        wizard._move_to_quarantine()

    def _set_contained(self, lots=None):
        """Say that nothing more of these lots is used."""
        self.check_access("write")
        for one in self.sudo():  # the fields have no other writer
            one.contained_lot_ids |= lots if lots is not None else one.lot_id
            if one.state == "open":
                one.state = "contained"

    def _find_lots_in_scope(self):
        """Return the lots to contain: of a receipt, all that it brought."""
        self.ensure_one()
        if self.scope == "receipt" and self.picking_id:
            return self.picking_id.move_ids.move_line_ids.lot_id
        if self.scope == "supplier_lot" and self.lot_id:
            return self.lot_id._find_same_supplier_lot()
        return self.lot_id

    def _find_lines_without_lot(self):
        """Return what the receipt brought without a lot, as far as it is in scope."""
        self.ensure_one()
        lines = self.picking_id.move_ids.move_line_ids.filtered(
            lambda line: (
                line.state == "done" and not line.lot_id and line.product_id.is_storable
            )
        )
        if self.scope == "receipt":
            return lines
        if self.lot_id:
            return lines.browse()
        return lines.filtered(lambda line: line.product_id == self.product_id)
