from dataclasses import replace

from odoo import fields, models

from odoo.addons.supplier_quality.models.quality_inspection import OPEN_STATES

MADE_KINDS = ("reported", "byproduct", "scrapped")


class MesEvent(models.Model):
    """Results of an inspection, and what became of them."""

    _inherit = "mes.event"

    kind = fields.Selection(
        selection_add=[("inspected", "Inspected")],
        ondelete={"inspected": "cascade"},
    )
    results = fields.Json(readonly=True, help="As the shop floor reported them.")
    is_final = fields.Boolean(readonly=True)
    results_state = fields.Selection(
        [
            ("waiting", "Waiting for the lot"),
            ("entered", "Entered"),
            ("refused", "Refused"),
            ("taken_back", "Taken back"),
        ],
        string="State of the results",
        readonly=True,
        index="btree_not_null",
    )
    inspection_id = fields.Many2one(
        "quality.inspection", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def _prepare_lifecycle_event(self):
        """Results count as a report and move nothing."""
        event = super()._prepare_lifecycle_event()
        return replace(event, kind="noted") if self.kind == "inspected" else event

    def _find_inspection(self):
        """Return the open inspection of what the order made of the lot, or an empty one.

        Where the report says how much there was to inspect, it waits for as much: so it
        does not matter which report overtakes which.
        """
        made = self.order_id.event_ids.filtered(
            lambda event: (
                event.kind in MADE_KINDS
                and event.lot_id == self.lot_id
                and not event.made_before
            )
        )
        # Who reports need not see inspections; this finds the one that is reported on.
        lines = made.move_ids.move_line_ids.sudo()
        inspections = lines.quality_inspection_id.filtered(
            lambda inspection: inspection.state in OPEN_STATES
        )
        unit = self.product_id.uom_id
        is_there = unit.compare(sum(made.mapped("posted")), self.quantity) >= 0
        return inspections[:1] if is_there else inspections.browse()
