from odoo import fields, models

SEVERITY = [("minor", "Minor"), ("major", "Major"), ("critical", "Critical")]


class QualityDefectCode(models.Model):
    """A kind of defect, so that the same one is found again."""

    _name = "quality.defect.code"
    _inherit = "integration.own.company.mixin"
    _description = "Defect Code"
    _order = "code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    severity = fields.Selection(SEVERITY, required=True, default="major")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "This defect code exists already."
    )

    def _compute_display_name(self):
        for defect in self:
            defect.display_name = f"{defect.code} {defect.name}"
