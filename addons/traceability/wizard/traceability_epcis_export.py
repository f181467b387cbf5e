import base64
import json

from odoo import fields, models


class TraceabilityEpcisExport(models.TransientModel):
    """Downloads the lot ledger of a period as one EPCIS document."""

    _name = "traceability.epcis.export"
    _description = "EPCIS Export"

    date_from = fields.Datetime(string="From")
    date_to = fields.Datetime(string="Until", help="This moment itself is left out.")
    lot_ids = fields.Many2many("stock.lot", string="Lots", help="Empty: all lots.")
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)

    def action_export(self):
        """Build the document, as far as the user may read the ledger, and download it."""
        self.ensure_one()
        document = self.env["traceability.lot.event"].export_epcis(
            self.date_from, self.date_to, self.lot_ids.ids or None
        )
        text = json.dumps(document, ensure_ascii=False, indent=2)
        self.write(
            {
                "file": base64.b64encode(text.encode()),
                "file_name": f"epcis-{fields.Date.context_today(self)}.jsonld",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.file_name}"
            "?download=true",
        }
