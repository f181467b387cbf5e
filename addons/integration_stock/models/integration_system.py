from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IntegrationSystem(models.Model):
    """The plants an external system speaks for."""

    _inherit = "integration.system"

    warehouse_ids = fields.Many2many(
        "stock.warehouse",
        string="Plants",
        help="The plants this system runs; a stock snapshot that names none covers all "
        "of these.",
    )

    @api.constrains("warehouse_ids", "company_id")
    def _check_warehouse_companies(self):
        for system in self:
            foreign = system.warehouse_ids.filtered(
                lambda w, system=system: w.company_id != system.company_id
            )
            if foreign:
                raise ValidationError(
                    self.env._(
                        "%(plant)s belongs to another company than the system %(system)s.",
                        plant=foreign[0].display_name,
                        system=system.name,
                    )
                )
