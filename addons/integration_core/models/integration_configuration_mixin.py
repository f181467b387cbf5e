from odoo import models


class IntegrationConfigurationMixin(models.AbstractModel):
    """Configuration that people change; an audit puts on record who did.

    For models of addons that know nothing of an audit.
    """

    _name = "integration.configuration.mixin"
    _inherit = "integration.own.company.mixin"
    _description = "Configuration Mixin"
    # What the engine keeps on such a record, and nobody decides.
    _unaudited_fields = ()
