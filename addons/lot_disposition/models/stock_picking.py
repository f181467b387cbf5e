from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def action_contain(self):
        """Hold what this transfer brought; the wizard asks for the reason."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lot_disposition.lot_disposition_contain_action"
        )
        return dict(action, context={"default_picking_id": self.id})
