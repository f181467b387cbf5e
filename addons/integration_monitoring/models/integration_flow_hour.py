from odoo import fields, models


class IntegrationFlowHour(models.Model):
    """What a flow did in one hour: what dashboards read instead of the log."""

    _name = "integration.flow.hour"
    _inherit = "integration.flow.mixin"
    _description = "Flow by Hour"
    _order = "hour desc"
    _rec_name = "contract_code"

    hour = fields.Datetime(required=True, readonly=True)

    _flow_unique = models.UniqueIndex(
        "(hour, company_id, COALESCE(system_id, 0), contract_code, direction)"
    )
