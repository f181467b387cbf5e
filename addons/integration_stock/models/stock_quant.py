from odoo import models


class StockQuant(models.Model):
    """A balance: what was moved is the effect of a flow, wherever flows are compared
    (integration_governance)."""

    _inherit = "stock.quant"
    _is_business_effect = False
