from odoo import api, fields, models
from odoo.exceptions import UserError


class QualityNonconformanceCost(models.Model):
    """What a nonconformance costs, and who pays."""

    _name = "quality.nonconformance.cost"
    _inherit = ["quality.guard.mixin"]
    _description = "Cost of a Nonconformance"
    _guarded_fields = frozenset({"refund_id"})

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

    @api.model_create_multi
    def create(self, vals_list):
        costs = super().create(vals_list)
        costs._check_open()
        return costs

    def write(self, vals):
        self._check_open()
        result = super().write(vals)
        self.nonconformance_id._check_not_ended()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_charged(self):
        self._check_open()

    def _check_open(self):
        """:raises UserError: it is on a bill to the supplier, or its nonconformance closed."""
        self.nonconformance_id._check_not_ended()
        for cost in self.filtered(lambda one: one._is_billed() and not self.env.su):
            raise UserError(
                self.env._(
                    "'%(cost)s' is charged with %(refund)s and stays. Have that cancelled, "
                    "or add another cost.",
                    cost=cost.name,
                    refund=cost.sudo().refund_id.display_name,  # quality reads no bills
                )
            )

    def _is_billed(self):
        """Tell whether a bill to the supplier, that was not cancelled, has it."""
        self.ensure_one()
        return self.sudo().refund_id.state in ("draft", "posted")  # quality reads no bills
