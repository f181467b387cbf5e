from odoo import fields, models


class StockLot(models.Model):
    _inherit = "stock.lot"

    inspection_ids = fields.One2many("quality.inspection", "lot_id")
    inspection_count = fields.Integer(compute="_compute_inspection_count")

    def _compute_inspection_count(self):
        counts = dict(
            self.env["quality.inspection"]._read_group(
                [("lot_id", "in", self.ids)], ["lot_id"], ["__count"]
            )
        )
        for lot in self:
            lot.inspection_count = counts.get(lot, 0)

    def action_open_inspections(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_action"
        )
        return dict(action, domain=[("lot_id", "=", self.id)], context={})
