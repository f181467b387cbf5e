from odoo import api, models
from odoo.tools import SQL


class StockMove(models.Model):
    _inherit = "stock.move"

    def _is_supplied(self):
        """Hook: tell whether a supplier brings what this moves.

        Another company of the database is one too: its goods come over a transit place
        that is nobody's.
        """
        self.ensure_one()
        source = self.location_id
        return source.usage == "supplier" or (
            source._is_between_companies()
            and self.location_dest_id.usage == "internal"
            and not self.origin_returned_move_id
        )

    @api.model
    def _prepare_supplied(self, move, source):
        """Hook: return ``_is_supplied`` as a condition of a statement over many moves.

        :param move: alias of ``stock_move`` in the statement.
        :param source: alias of the ``stock_location`` that it comes from.
        """
        return SQL(
            """(%(source)s.usage = 'supplier' OR (
                %(source)s.usage = 'transit' AND %(source)s.company_id IS NULL
                AND %(move)s.origin_returned_move_id IS NULL
                AND EXISTS (
                    SELECT FROM stock_location own
                     WHERE own.id = %(move)s.location_dest_id AND own.usage = 'internal')))""",
            source=source,
            move=move,
        )
