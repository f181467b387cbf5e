from odoo import api, fields, models

from odoo.addons.integration_core.lib.reconciliation import KEY_COLUMNS

STOCK_KEYS = ("product_id", "lot_id", "location_id")


class IntegrationDiscrepancy(models.Model):
    """A difference in stock, with what it is about as records to search and group by."""

    _inherit = "integration.discrepancy"

    product_id = fields.Many2one(
        "product.product",
        compute="_compute_stock_keys",
        store=True,
        index="btree_not_null",
    )
    lot_id = fields.Many2one(
        "stock.lot",
        compute="_compute_stock_keys",
        store=True,
        index="btree_not_null",
    )
    location_id = fields.Many2one(
        "stock.location",
        compute="_compute_stock_keys",
        store=True,
        index="btree_not_null",
    )
    uom_id = fields.Many2one("uom.uom", related="product_id.uom_id")

    @api.depends("domain_id", *KEY_COLUMNS)
    def _compute_stock_keys(self):
        stock = self.filtered(lambda d: d.domain_id.code == "stock")
        for name in STOCK_KEYS:
            self[name] = False
        for name, column in zip(STOCK_KEYS, KEY_COLUMNS, strict=False):
            # One query per model; what is gone by now is left out.
            records = (
                self.env[self._fields[name].comodel_name]
                .browse(set(stock.mapped(column)) - {0})
                .exists()
            )
            for discrepancy in stock:
                if discrepancy[column] in records._ids:
                    discrepancy[name] = discrepancy[column]
