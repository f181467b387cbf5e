from odoo import api, fields, models

PRIORITIES = [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Production stops")]
CATEGORIES = [("business", "Business exception"), ("technical", "Technical failure")]


class IntegrationExceptionRule(models.Model):
    """Who owns which exceptions, until when, and who is told when time is up."""

    _name = "integration.exception.rule"
    _inherit = ["integration.portable.mixin", "integration.own.company.mixin"]
    _description = "Exception Routing Rule"
    _order = "sequence, id"
    _key_fields = ("company_id.name", "name")

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10, help="The first rule that fits is used.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    category = fields.Selection(CATEGORIES, help="Empty: both.")
    kind_id = fields.Many2one("integration.exception.kind", ondelete="cascade")
    system_id = fields.Many2one("integration.system", ondelete="cascade")
    mapping_domain_id = fields.Many2one(
        "integration.mapping.domain", ondelete="cascade"
    )
    min_priority = fields.Selection(PRIORITIES, required=True, default="0")
    user_id = fields.Many2one("res.users", string="Owner", required=True)
    deadline_hours = fields.Integer(help="0: as the kind of exception says.")
    escalate_user_id = fields.Many2one("res.users", string="Escalate to")
    escalate_every_hours = fields.Integer(
        default=4, help="How often it is escalated again while nobody decides."
    )

    _hours_positive = models.Constraint(
        "CHECK(deadline_hours >= 0 AND escalate_every_hours > 0)",
        "Hours are not negative.",
    )

    @api.model
    def _find_for(self, exception):
        """Return the rule for an exception, or an empty recordset."""
        rules = self.search([("company_id", "=", exception.company_id.id)])
        return rules.filtered(lambda rule: rule._fits(exception))[:1]

    def _fits(self, exception):
        return (
            self.category in (False, exception.category)
            and (not self.kind_id or self.kind_id == exception.kind_id)
            and (not self.system_id or self.system_id == exception.system_id)
            and (
                not self.mapping_domain_id
                or self.mapping_domain_id == exception.mapping_domain_id
            )
            and exception.priority >= self.min_priority
        )
