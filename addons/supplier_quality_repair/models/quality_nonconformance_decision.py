from odoo import fields, models

from odoo.addons.supplier_quality.models.quality_nonconformance_decision import (
    QualityNonconformanceDecision as Decision,
)


class QualityNonconformanceDecision(models.Model):
    _inherit = "quality.nonconformance.decision"
    _guarded_fields = Decision._guarded_fields | {"repair_id"}

    repair_id = fields.Many2one(
        "repair.order", string="Rework order", readonly=True, copy=False
    )

    def _execute_rework(self):
        """Give the goods, once they are in quarantine, an order to rework them by."""
        vals = super()._execute_rework()
        # Goods without a lot are in quarantine already.
        picking = self.env["stock.picking"].browse(vals.get("picking_id"))
        repair = self.env["repair.order"].create(self._prepare_repair_vals(picking))
        return {**vals, "repair_id": repair.id}

    def _prepare_repair_vals(self, picking):
        """Return what to rework, where the goods are brought to.

        :param picking: the transfer to quarantine.
        """
        nonconformance = self.nonconformance_id
        place, part = picking.location_dest_id, self.part_lot_id
        place = place or nonconformance._get_held_place()
        product = nonconformance.product_id
        return {
            "product_id": product.id,
            "lot_id": part.id,
            "product_qty": self.quantity,
            "product_uom": product.uom_id.id,
            "picking_type_id": self._get_warehouse().repair_type_id.id,
            "product_location_src_id": place.id,
            "product_location_dest_id": place.id,
            "company_id": self.company_id.id,
            "internal_notes": f"{nonconformance.name}: {self.note or ''}",
        }
