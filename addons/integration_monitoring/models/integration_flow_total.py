from odoo import models


class IntegrationFlowTotal(models.Model):
    """What a flow did since the beginning: counters that only rise, for Prometheus."""

    _name = "integration.flow.total"
    _inherit = "integration.flow.mixin"
    _description = "Flow in Total"
    _rec_name = "contract_code"

    _flow_unique = models.UniqueIndex(
        "(company_id, COALESCE(system_id, 0), contract_code, direction)"
    )
