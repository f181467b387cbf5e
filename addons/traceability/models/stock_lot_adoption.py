from odoo import api, models


class StockLot(models.Model):
    """A lot that others reported before it came takes the place of its external node."""

    _inherit = "stock.lot"

    @api.model_create_multi
    def create(self, vals_list):
        lots = super().create(vals_list)
        lots._adopt_external_nodes()
        return lots

    def _adopt_external_nodes(self):
        """Take the place of external nodes of the same company, item and number."""
        # The genealogy is the company's, whoever receives the lot.
        nodes = self.env["traceability.node"].sudo()
        nodes = nodes.search(
            [
                ("kind", "=", "external"),
                ("lot_id", "=", False),
                ("name", "in", self.mapped("name")),
            ]
        )
        named = self.grouped("name") if nodes else {}
        for node in nodes:
            lot = named[node.name].filtered(node._is_of_item_of)[:1]
            if lot:
                node._become(lot)
