from odoo import models


class TraceabilityRecall(models.Model):
    _inherit = "traceability.recall"

    def action_download_epcis(self):
        """Download what happened to every affected lot as EPCIS events."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/traceability/epcis?recall={self.id}",
            "target": "self",
        }
