from odoo import api, fields, models


class StockLot(models.Model):
    _inherit = "stock.lot"

    inspection_ids = fields.One2many("quality.inspection", "lot_id", readonly=True)
    nonconformance_ids = fields.One2many(
        "quality.nonconformance", "lot_id", readonly=True
    )
    # Stored on purpose: requesting and deciding an inspection both write the lot, so
    # that a receipt and a verdict at the same moment cannot miss each other.
    open_inspection_count = fields.Integer(
        compute="_compute_open_inspection_count", store=True
    )
    inspection_count = fields.Integer(compute="_compute_quality_counts")
    nonconformance_count = fields.Integer(compute="_compute_quality_counts")

    @api.depends("inspection_ids.state")
    def _compute_open_inspection_count(self):
        for lot in self:
            lot.open_inspection_count = len(
                lot.inspection_ids.filtered(lambda one: one._is_open())
            )

    @api.depends("inspection_ids", "nonconformance_ids")
    def _compute_quality_counts(self):
        for lot in self:
            lot.inspection_count = len(lot.inspection_ids)
            lot.nonconformance_count = len(lot.nonconformance_ids)

    def action_open_inspections(self):
        return self.env["quality.inspection"]._get_action_for(
            self.inspection_ids, {"default_lot_id": self.id}
        )

    def action_open_nonconformances(self):
        return self.env["quality.nonconformance"]._get_action_for(
            self.nonconformance_ids, {"default_lot_id": self.id}
        )
