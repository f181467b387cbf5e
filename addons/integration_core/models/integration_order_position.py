from odoo import api, fields, models

from ..lib.ordering import Place
from ..log_fields import BigInteger
from . import integration_order_queries as queries


class IntegrationOrderPosition(models.Model):
    """How far the stream of one business object was applied; written by the engine."""

    _name = "integration.order.position"
    _description = "Position in a Stream"
    _log_access = False
    _rec_name = "order_scope"

    order_scope = fields.Char(required=True, readonly=True)
    epoch = fields.Char(required=True, readonly=True)
    sequence = BigInteger(readonly=True)
    occurred_at = fields.Datetime(readonly=True)

    _scope_unique = models.UniqueIndex("(order_scope)")

    @api.model
    def _get_place(self, order_scope):
        """Return the furthest ``lib.ordering.Place`` of a stream, None before its first."""
        row = queries.find_position(self.env.cr, order_scope)
        return Place(*row) if row else None

    @api.model
    def _set_place(self, order_scope, place):
        queries.write_position(self.env.cr, order_scope, place)
