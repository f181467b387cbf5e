from odoo import fields, models

from .integration_exception_rule import CATEGORIES


class IntegrationExceptionKind(models.Model):
    """A kind of decision a person has to take, with its runbook."""

    _name = "integration.exception.kind"
    _description = "Exception Kind"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    category = fields.Selection(
        CATEGORIES,
        required=True,
        default="business",
        help="A business exception needs a decision, a technical failure a repair.",
    )
    runbook = fields.Html(
        translate=True, help="What to check and what to do, step by step."
    )
    deadline_hours = fields.Integer(
        string="Deadline (hours)",
        default=8,
        help="Time to decide, from the first message.",
    )

    _code_unique = models.Constraint("UNIQUE(code)", "This kind exists already.")
