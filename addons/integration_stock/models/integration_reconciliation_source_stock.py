from odoo import models

from . import stock_reconciliation_queries as queries


class StockReconciliationSource(models.AbstractModel):
    """Our side of the stock: by item, lot and location, as of any moment.

    It covers the places of the plants that the system has a code for: a place without
    a mapping is none of the warehouse system's.
    """

    _name = "integration.reconciliation.source.stock"
    _inherit = "integration.reconciliation.source"
    _description = "Stock Reconciliation Source"

    def _get_key_models(self):
        return ("product.product", "stock.lot", "stock.location")

    def _read_ours(self, run):
        # The three tables the query reads.
        self.env["stock.quant"].flush_model()
        self.env["stock.move.line"].flush_model()
        self.env["product.template"].flush_model(["is_storable"])
        return queries.stock_as_of(self._get_locations(run).ids, run.as_of)

    def _get_locations(self, run):
        mapped = (
            self.env["integration.mapping"]
            .search(
                [
                    ("domain_id.code", "=", "location"),
                    ("system_id", "in", (run.system_id.id, False)),
                    ("company_id", "in", (run.company_id.id, False)),
                ]
            )
            .mapped("res_id")
        )
        return (
            self.env["stock.location"]
            .with_context(active_test=False)
            .search(
                [
                    ("id", "in", mapped),
                    ("usage", "=", "internal"),
                    ("warehouse_id", "in", run.warehouse_ids.ids),
                ]
            )
        )
