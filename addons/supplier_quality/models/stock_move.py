from odoo import api, models
from odoo.tools import SQL


class StockMove(models.Model):
    _inherit = "stock.move"

    def _is_supplied(self):
        """Hook: tell whether a supplier brings what this moves."""
        self.ensure_one()
        return self.location_id.usage == "supplier"

    @api.model
    def _prepare_supplied(self, move, source):
        """Hook: return ``_is_supplied`` as a condition of a statement over many moves.

        :param move: alias of ``stock_move`` in the statement.
        :param source: alias of the ``stock_location`` that it comes from.
        """
        return SQL("%s.usage = 'supplier'", source)
