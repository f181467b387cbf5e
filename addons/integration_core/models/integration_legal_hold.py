from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IntegrationLegalHold(models.Model):
    """Messages that stay until somebody lifts the hold, whatever a policy says."""

    _name = "integration.legal.hold"
    _inherit = ["mail.thread", "integration.own.company.mixin"]
    _description = "Legal Hold"
    _order = "id desc"

    name = fields.Char(string="Matter", required=True, tracking=True)
    reason = fields.Text(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        tracking=True,
    )
    system_id = fields.Many2one(
        "integration.system", tracking=True, help="Empty: of every system."
    )
    contract_code = fields.Char(tracking=True, help="Empty: of every contract.")
    order_key = fields.Char(
        tracking=True, help="Business object, such as an order. Empty: of all."
    )
    date_from = fields.Datetime(string="Received from", tracking=True)
    date_to = fields.Datetime(string="Received until", tracking=True)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for hold in self:
            if hold.date_from and hold.date_to and hold.date_from > hold.date_to:
                raise ValidationError(
                    self.env._("A hold begins before it ends: exchange the dates.")
                )

    def _covers(self, message):
        """Return whether this hold keeps a message."""
        self.ensure_one()
        systems = message.system_id | message.delivery_ids.system_id
        return (
            self.company_id == message.company_id
            and (not self.system_id or self.system_id in systems)
            and self.contract_code in (False, message.contract_code)
            and self.order_key in (False, message.order_key)
            and (not self.date_from or self.date_from <= message.received_at)
            and (not self.date_to or message.received_at <= self.date_to)
        )

    def action_lift(self):
        """Let policies decide again."""
        self.write({"active": False})
