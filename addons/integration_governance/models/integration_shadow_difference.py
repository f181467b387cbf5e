from odoo import fields, models


class IntegrationShadowDifference(models.Model):
    """One value that a shadow run would have given, and the one that is there."""

    _name = "integration.shadow.difference"
    _description = "Shadow Difference"
    _order = "id"

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

    def _read_format(self, fnames, load="_classic_read"):
        rows = super()._read_format(fnames, load)
        for name in {"shadow_value", "actual_value"} & set(fnames):
            for difference, row in zip(self, rows, strict=True):
                # As in the run itself.
                delivery = difference.sudo().run_id.delivery_id
                row[name] = delivery.message_id.with_env(self.env)._hide(row[name])
        return rows
