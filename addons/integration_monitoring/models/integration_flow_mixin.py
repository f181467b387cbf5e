from odoo import fields, models

from odoo.addons.integration_core.log_fields import LogReference

FLOW = ("company_id", "system_id", "contract_code", "direction")
COUNTERS = (
    "accepted_count",
    "refused_count",
    "done_count",
    "late_count",
    "retry_count",
    "parked_count",
    "dead_count",
    "milliseconds_total",
)


class IntegrationFlowMixin(models.AbstractModel):
    """Figures of one flow, added up; written by one statement for all flows."""

    _name = "integration.flow.mixin"
    _description = "Flow Figures"
    _log_access = False

    company_id = LogReference("res.company", required=True, readonly=True)
    system_id = LogReference("integration.system", readonly=True)
    contract_code = fields.Char(string="Type", required=True, readonly=True)
    direction = fields.Selection(
        [("in", "Inbound"), ("out", "Outbound")], required=True, readonly=True
    )
    accepted_count = fields.Integer(string="Accepted", readonly=True, default=0)
    refused_count = fields.Integer(string="Refused", readonly=True, default=0)
    done_count = fields.Integer(string="Done", readonly=True, default=0)
    late_count = fields.Integer(string="Late", readonly=True, default=0)
    retry_count = fields.Integer(string="Retries", readonly=True, default=0)
    parked_count = fields.Integer(string="Parked", readonly=True, default=0)
    dead_count = fields.Integer(string="Given up", readonly=True, default=0)
    milliseconds_total = fields.Float(
        digits=0, readonly=True, help="From received to done, of all that were done."
    )
    milliseconds_max = fields.Float(digits=0, readonly=True, aggregator="max")
