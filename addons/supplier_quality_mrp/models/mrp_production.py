from odoo import fields, models


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    inspection_ids = fields.One2many("quality.inspection", "production_id")
    inspection_count = fields.Integer(compute="_compute_inspection_count")

    def _compute_inspection_count(self):
        counts = dict(
            self.env["quality.inspection"]._read_group(
                [("production_id", "in", self.ids)], ["production_id"], ["__count"]
            )
        )
        for production in self:
            production.inspection_count = counts.get(production, 0)

    def action_open_inspections(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "supplier_quality.quality_inspection_action"
        )
        return dict(action, domain=[("production_id", "=", self.id)], context={})
