from odoo import fields, models


class IntegrationCanonicalValue(models.Model):
    """A word of our own for what has no record in Odoo: a status, a reason.

    Systems say "RWK", "rework" or "02"; handlers read the code of the one value these
    are mapped to.
    """

    _name = "integration.canonical.value"
    _inherit = "integration.portable.mixin"
    _description = "Canonical Value"
    _order = "domain_id, sequence, code"
    _rec_names_search = ["name", "code"]
    _key_fields = ("domain_id.code", "code")

    domain_id = fields.Many2one(
        "integration.mapping.domain", required=True, index=True, ondelete="cascade"
    )
    code = fields.Char(required=True, help="What handlers read; the same for good.")
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)

    _code_unique = models.Constraint(
        "UNIQUE(domain_id, code)", "This value exists already in its domain."
    )
