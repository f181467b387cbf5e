from odoo import models
from odoo.fields import Domain


class StockForecasted(models.AbstractModel):
    """The forecast shows what is on hold, and serves nobody from it."""

    _inherit = "stock.forecasted_product_product"

    def _get_product_quantities(self, res, product_template_ids, product_ids):
        result = super()._get_product_quantities(res, product_template_ids, product_ids)
        for product in self._get_products(product_template_ids, product_ids):
            held = product._get_held_quants(None, None, None).get(product)
            res["product"][product.id].update(
                held_qty=sum(held.mapped("quantity")) if held else 0.0,
                hold_reasons=self._prepare_hold_reasons(held) if held else [],
            )
        return result

    def _prepare_hold_reasons(self, quants):
        return sorted(
            {
                f"{(quant.lot_id or quant.package_id or quant.location_id).display_name}: "
                f"{quant.disposition_reason}"
                for quant in quants
            }
        )

    def _get_quant_domain(self, location_ids, products):
        domain = Domain(super()._get_quant_domain(location_ids, products))
        return domain & self.env["stock.quant"]._get_expected_domain()
