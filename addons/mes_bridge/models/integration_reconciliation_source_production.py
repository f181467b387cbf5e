from odoo import models

from . import mes_reconciliation_queries as queries


class ProductionReconciliationSource(models.AbstractModel):
    """Our side of production: by order, what stock says was made, used and scrapped.

    Stock is read, not what the shop floor reported: what people posted by hand counts.
    """

    _name = "integration.reconciliation.source.production"
    _inherit = "integration.reconciliation.source"
    _description = "Production Reconciliation Source"

    def _get_key_models(self):
        return ("mes.order", "product.product", "stock.lot")

    def _read_ours(self, run):
        self.env["mes.order"].flush_model()
        self.env["mrp.production"].flush_model(["production_group_id", "product_id"])
        self.env["stock.move"].flush_model()
        self.env["stock.move.line"].flush_model()
        return queries.production_as_of(
            run.company_id.id, run.mes_since, run.as_of, run.warehouse_ids.ids
        )
