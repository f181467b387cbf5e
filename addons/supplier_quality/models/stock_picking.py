from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    inspection_ids = fields.Many2many(
        "quality.inspection", compute="_compute_inspection_ids", string="Inspections"
    )
    inspection_count = fields.Integer(compute="_compute_inspection_ids")
    nonconformance_ids = fields.One2many(
        "quality.nonconformance", "picking_id", readonly=True
    )
    nonconformance_count = fields.Integer(compute="_compute_nonconformance_count")
    inspection_state = fields.Selection(
        [("open", "To inspect"), ("passed", "Passed"), ("failed", "Failed")],
        compute="_compute_inspection_ids",
        string="Inspection",
    )

    @api.depends("move_ids.move_line_ids.quality_inspection_id.state")
    def _compute_inspection_ids(self):
        for picking in self:
            # Through the lines: an inspection may cover several receipts of one lot.
            inspections = picking.move_ids.move_line_ids.quality_inspection_id
            picking.inspection_ids = inspections
            picking.inspection_count = len(inspections)
            picking.inspection_state = inspections._get_common_state()

    @api.depends("nonconformance_ids")
    def _compute_nonconformance_count(self):
        for picking in self:
            picking.nonconformance_count = len(picking.nonconformance_ids)

    def action_open_inspections(self):
        return self.env["quality.inspection"]._get_action_for(
            self.inspection_ids, {"default_picking_id": self.id, "create": False}
        )

    def action_open_nonconformances(self):
        return self.env["quality.nonconformance"]._get_action_for(
            self.nonconformance_ids,
            {
                "default_picking_id": self.id,
                "default_partner_id": self.partner_id.commercial_partner_id.id,
            },
        )
