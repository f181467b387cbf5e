from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IntegrationReconciliationDomain(models.Model):
    """A kind of figures that Odoo and another system must agree about.

    Domains are data: the addon that can read our side brings the domain and the model
    that does so.
    """

    _name = "integration.reconciliation.domain"
    _description = "Reconciliation Domain"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    source_model = fields.Char(
        required=True, help="Model that inherits integration.reconciliation.source."
    )
    tolerance = fields.Float(
        digits=(16, 3),
        required=True,
        default=0,
        help="Differences up to this size are not worth a look.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint("UNIQUE(code)", "This domain exists already.")
    _tolerance_positive = models.Constraint(
        "CHECK(tolerance >= 0)", "A tolerance is zero or more."
    )

    @api.constrains("source_model")
    def _check_source_model(self):
        for domain in self:
            if not hasattr(self.env.get(domain.source_model), "_read_ours"):
                raise ValidationError(
                    self.env._(
                        "'%s' is not a model that inherits integration.reconciliation.source.",
                        domain.source_model,
                    )
                )

    def _get_source(self):
        """Return the model that knows our side of this domain."""
        self.ensure_one()
        return self.env[self.source_model]
