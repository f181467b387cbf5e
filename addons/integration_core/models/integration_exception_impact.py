from odoo import fields, models


class IntegrationExceptionImpact(models.Model):
    """Something of the business that an open question touches."""

    _name = "integration.exception.impact"
    _description = "Exception Impact"
    _order = "starts_at, id"

    exception_id = fields.Many2one(
        "integration.exception", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="exception_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        [
            ("supplier", "Supplier"),
            ("plant", "Plant"),
            ("order", "Purchase order"),
            ("item", "Item"),
            ("production", "Production order"),
            ("delivery", "Customer delivery"),
        ],
        required=True,
    )
    name = fields.Char(required=True)
    res_model = fields.Char(string="Model")
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")
    starts_at = fields.Datetime(string="Begins or leaves")
    quantity = fields.Float()
    customer = fields.Char()

    def action_open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
