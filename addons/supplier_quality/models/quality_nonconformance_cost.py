from odoo import fields, models


class QualityNonconformanceCost(models.Model):
    """What a nonconformance costs, and who pays."""

    _name = "quality.nonconformance.cost"
    _description = "Cost of a Nonconformance"

    nonconformance_id = fields.Many2one(
        "quality.nonconformance", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="nonconformance_id.company_id", store=True, index=True
    )
    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("material", "Material"),
            ("labour", "Sorting and rework"),
            ("freight", "Freight"),
            ("downtime", "Downtime"),
            ("other", "Other"),
        ],
        required=True,
        default="material",
    )
    amount = fields.Monetary(required=True)
    currency_id = fields.Many2one(related="nonconformance_id.currency_id")
    is_charged = fields.Boolean(string="Charge", default=True)
    refund_id = fields.Many2one("account.move", readonly=True, copy=False)

    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A cost is not negative."
    )
