from odoo import fields, models

from .integration_governed_mixin import FOUR_EYES


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    integration_four_eyes = fields.Selection(
        [
            ("production", "For systems in production"),
            ("always", "Always"),
            ("never", "Never: a small shop, one administrator"),
        ],
        string="Four eyes",
        default="production",
        config_parameter=FOUR_EYES,
    )
