from odoo import fields, models

from ..lib.scorecard import Scale
from .quality_approved_vendor import MODE


class ResCompany(models.Model):
    _inherit = "res.company"

    vendor_list_mode = fields.Selection(MODE, required=True, default="off")
    certificate_retention_years = fields.Integer(default=10)
    scorecard_weight_ppm = fields.Integer(default=30)
    scorecard_weight_acceptance = fields.Integer(default=30)
    scorecard_weight_delivery = fields.Integer(default=30)
    scorecard_weight_response = fields.Integer(default=10)
    scorecard_ppm_limit = fields.Integer(default=10_000)
    scorecard_response_days = fields.Integer(default=3)

    _scorecard_sensible = models.Constraint(
        "CHECK(scorecard_weight_ppm >= 0 AND scorecard_weight_acceptance >= 0"
        " AND scorecard_weight_delivery >= 0 AND scorecard_weight_response >= 0"
        " AND scorecard_ppm_limit > 0 AND scorecard_response_days > 0)",
        "Weights are not negative, and the limits of a scorecard are above 0.",
    )

    def _get_scorecard_zone(self):
        """Return the name of the time zone that days and months of scorecards are in."""
        self.ensure_one()
        # As Odoo reads the dates of purchase orders; whoever computes need not read it.
        return self.sudo().partner_id.tz or "UTC"

    def _get_scorecard_scale(self):
        """Return the company's ``lib.scorecard.Scale``."""
        self.ensure_one()
        return Scale(
            weights=(
                self.scorecard_weight_ppm,
                self.scorecard_weight_acceptance,
                self.scorecard_weight_delivery,
                self.scorecard_weight_response,
            ),
            ppm_limit=self.scorecard_ppm_limit,
            response_target=self.scorecard_response_days,
        )
