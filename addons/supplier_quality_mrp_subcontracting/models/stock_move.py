from odoo import api, models
from odoo.tools import SQL


class StockMove(models.Model):
    _inherit = "stock.move"

    def _is_supplied(self):
        """Odoo keeps subcontractors as internal places; the receipt says what it is."""
        return super()._is_supplied() or (
            self.is_subcontract and not self.location_dest_id.is_subcontract()
        )

    @api.model
    def _prepare_supplied(self, move, source):
        """The same for many moves: only the few that are subcontracted look further."""
        supplied = super()._prepare_supplied(move, source)
        return SQL(
            """(%(supplied)s OR (%(move)s.is_subcontract AND NOT EXISTS (
                SELECT FROM stock_location target
                  JOIN res_company owner ON owner.id = target.company_id
                  JOIN stock_location subcontractors
                    ON subcontractors.id = owner.subcontracting_location_id
                 WHERE target.id = %(move)s.location_dest_id
                   AND target.parent_path LIKE subcontractors.parent_path || '%%')))""",
            supplied=supplied,
            move=move,
        )
