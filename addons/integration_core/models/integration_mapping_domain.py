from odoo import fields, models


class IntegrationMappingDomain(models.Model):
    """A kind of thing that has other codes outside: items, units, locations …

    Domains are data: the addon that knows the model brings the domain.
    """

    _name = "integration.mapping.domain"
    _description = "Mapping Domain"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    model_id = fields.Many2one("ir.model", required=True, ondelete="cascade")
    model_name = fields.Char(related="model_id.model", store=True, string="Model name")
    mapping_count = fields.Integer(compute="_compute_mapping_count")

    _code_unique = models.Constraint("UNIQUE(code)", "This domain exists already.")

    def _compute_mapping_count(self):
        counts = dict(
            self.env["integration.mapping"]._read_group(
                [("domain_id", "in", self.ids)], ["domain_id"], ["__count"]
            )
        )
        for domain in self:
            domain.mapping_count = counts.get(domain, 0)
