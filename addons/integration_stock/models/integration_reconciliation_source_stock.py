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

    def _propose_correction(self, discrepancy):
        if not discrepancy.product_id or not discrepancy.location_id:
            return False  # they are gone since
        values = {
            "quantity": round(abs(discrepancy.difference), 6),
            "unit": discrepancy.uom_id.name,
            "what": discrepancy.name,
        }
        if discrepancy.difference > 0:
            return self.env._(
                "Count %(quantity)s %(unit)s of %(what)s out of the stock.", **values
            )
        return self.env._(
            "Count %(quantity)s %(unit)s of %(what)s into the stock.", **values
        )

    def _apply_correction(self, discrepancy):
        """Adjust the inventory by the difference: what moved since the snapshot stays."""
        if not self._propose_correction(discrepancy):
            return super()._apply_correction(discrepancy)
        Quants = self.env["stock.quant"].with_context(inventory_mode=True)
        place = {
            "product_id": discrepancy.product_id.id,
            "location_id": discrepancy.location_id.id,
            "lot_id": discrepancy.lot_id.id,
        }
        known = Quants.search(
            [(name, "=", value) for name, value in place.items()]
            + [("package_id", "=", False), ("owner_id", "=", False)],
            limit=1,
        )
        counted = known.quantity - discrepancy.difference
        quant = Quants.create({**place, "inventory_quantity": counted})
        quant.with_context(
            inventory_name=self.env._("Reconciled: %s", discrepancy.run_id.snapshot_ref)
        ).action_apply_inventory()
        return self.env._("Inventory adjusted by %s.", round(-discrepancy.difference, 6))

    def _get_locations(self, run):
        mapped = (
            self.env["integration.mapping"]
            .search(
                [
                    ("domain_id.code", "=", "location"),
                    ("state", "=", "active"),
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
