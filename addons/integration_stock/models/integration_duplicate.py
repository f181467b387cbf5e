from odoo import api, models

from . import stock_master_queries as queries


class IntegrationDuplicate(models.Model):
    """Items that are likely one thing twice."""

    _inherit = "integration.duplicate"

    @api.model
    def _get_rules(self):
        return super()._get_rules() | {
            "item_reference": (
                self.env._("The same internal reference"),
                queries.find_items_with_same_reference,
            ),
            "item_name": (
                self.env._("The same item name, written this way or another"),
                queries.find_items_with_same_name,
            ),
            "item_supplier_reference": (
                self.env._("One supplier calls them the same"),
                queries.find_items_with_same_supplier_reference,
            ),
        }
