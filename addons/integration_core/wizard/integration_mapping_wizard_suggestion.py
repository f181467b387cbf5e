from odoo import api, fields, models


class IntegrationMappingWizardSuggestion(models.TransientModel):
    """One record a code may stand for."""

    _name = "integration.mapping.wizard.suggestion"
    _description = "Suggested Record"
    _order = "score desc"

    wizard_id = fields.Many2one(
        "integration.mapping.wizard", required=True, ondelete="cascade"
    )
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    record_name = fields.Char(compute="_compute_record_name", string="Record")
    score = fields.Float(string="Certainty", digits=(3, 0))
    reason = fields.Char()

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for suggestion in self:
            record = self.env[suggestion.res_model].browse(suggestion.res_id)
            suggestion.record_name = record.display_name

    def action_choose(self):
        """Take this one: map the code to it."""
        self.ensure_one()
        self.wizard_id.res_id = self.res_id
        return self.wizard_id.action_map()
