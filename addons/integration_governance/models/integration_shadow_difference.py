from odoo import fields, models


class IntegrationShadowDifference(models.Model):
    """One value that a shadow run would have given, and the one that is there."""

    _name = "integration.shadow.difference"
    _inherit = ["integration.redacted.mixin"]
    _description = "Shadow Difference"
    _order = "id"
    _redacted_fields = ("shadow_value", "actual_value")

    run_id = fields.Many2one(
        "integration.shadow.run", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    system_id = fields.Many2one(related="run_id.system_id", store=True)
    policy_id = fields.Many2one(related="run_id.policy_id", store=True)
    res_model = fields.Char(string="Kind", required=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")
    record_name = fields.Char(string="Which")
    field_name = fields.Char(string="Field", help="Empty: the record as a whole.")
    shadow_value = fields.Char(string="Shadow run")
    actual_value = fields.Char(string="Existing flow")

    def _get_redacted_message(self):
        return self.run_id.delivery_id.message_id
