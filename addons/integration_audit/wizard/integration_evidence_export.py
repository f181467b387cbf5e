from odoo import api, fields, models
from odoo.exceptions import UserError


class IntegrationEvidenceExport(models.TransientModel):
    """Asks for what evidence is wanted."""

    _name = "integration.evidence.export"
    _description = "Export Evidence"

    scope = fields.Selection(
        [("period", "Everything in a period"), ("document", "One document")],
        required=True,
        default="period",
    )
    date_from = fields.Datetime(string="From", default=lambda self: self._get_midnight())
    date_to = fields.Datetime(string="Until", default=fields.Datetime.now)
    document = fields.Reference(
        selection="_get_document_models",
        help="Its messages, those that caused them and those that followed.",
    )

    @api.model
    def _get_midnight(self):
        return fields.Datetime.now().replace(hour=0, minute=0, second=0)

    @api.model
    def _get_document_models(self):
        """Return the kinds of documents that messages are about."""
        groups = self.env["integration.delivery"]._read_group(
            [("res_model", "!=", False)], ["res_model"]
        ) + self.env["integration.message"]._read_group(
            [("res_model", "!=", False)], ["res_model"]
        )
        names = sorted({name for (name,) in groups if name in self.env})
        return [(name, self.env[name]._description) for name in names]

    def action_export(self):
        """Put the evidence together and open it."""
        self.ensure_one()
        Evidence = self.env["integration.evidence"]
        if self.scope == "document":
            if not self.document:
                raise UserError(self.env._("Choose the document."))
            evidence = Evidence._export(document=self.document)
        else:
            evidence = Evidence._export(date_from=self.date_from, date_to=self.date_to)
        return {
            "type": "ir.actions.act_window",
            "res_model": "integration.evidence",
            "res_id": evidence.id,
            "view_mode": "form",
        }
