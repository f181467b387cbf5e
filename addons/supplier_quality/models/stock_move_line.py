from odoo import api, fields, models

# What changes the goods of a line that is done already.
RECEIPT_FIELDS = {
    "quantity",
    "lot_id",
    "lot_name",
    "product_uom_id",
    "location_dest_id",
}


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    quality_inspection_id = fields.Many2one(
        "quality.inspection",
        string="Inspection",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The inspection that looks at what this line received.",
    )

    def _action_done(self):
        """Every receipt ends here, whole or partial, at once or in a backorder.

        Lots that were only typed in exist after super(); whatever is chained to the
        receipt reserves later, when they are on hold already.
        """
        result = super()._action_done()
        self.exists()._request_receipt_inspections()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # A line added to a finished receipt brings stock in without _action_done.
        lines.filtered(lambda line: line.state == "done")._request_receipt_inspections()
        return lines

    def write(self, vals):
        done = self.browse()
        if RECEIPT_FIELDS & vals.keys():
            done = self.filtered(lambda line: line.state == "done")
        before = {line: (line.lot_id, line.quantity_product_uom) for line in done}
        result = super().write(vals)
        done._on_receipt_corrected(before)
        return result

    def _is_supplier_receipt(self):
        """Tell whether this line brings a lot of a supplier into stock.

        Not what customers send back: one piece returned would hold the whole lot.
        """
        self.ensure_one()
        return bool(
            self.lot_id
            and self.location_id.usage == "supplier"
            and self.location_dest_id.usage in ("internal", "transit")
            and self.product_uom_id.compare(self.quantity, 0) > 0
        )

    def _get_received_goods(self):
        """Return what inspection plans are chosen by."""
        self.ensure_one()
        return self.env["quality.inspection.plan"]._prepare_goods(
            self.product_id, self._get_supplier(), self.company_id
        )

    def _get_supplier(self):
        self.ensure_one()
        partner = self._get_receipt().partner_id or self.move_id.partner_id
        return partner.commercial_partner_id

    def _get_receipt(self):
        """Return the transfer; a line may know it only through its move."""
        self.ensure_one()
        return self.picking_id or self.move_id.picking_id

    def _request_receipt_inspections(self):
        """Hold the received lots and ask for their inspection, where a plan says so."""
        received = self.filtered(
            lambda line: not line.quality_inspection_id and line._is_supplier_receipt()
        )
        if received:
            # Whoever receives goods need not be allowed to plan or create inspections;
            # that they are created protects everybody else.
            self.env["quality.inspection"].sudo()._request_for_receipt(received.sudo())

    def _on_receipt_corrected(self, before):
        """Follow a correction of finished lines.

        :param before: ``{line: (lot, quantity in the product's unit)}``.
        """
        changed = self.filtered(
            lambda line: before[line] != (line.lot_id, line.quantity_product_uom)
        )
        for line in changed.sudo():  # see _request_receipt_inspections
            lot, quantity = before[line]
            inspection = line.quality_inspection_id
            more = (
                line.product_id.uom_id.compare(line.quantity_product_uom, quantity) > 0
            )
            if inspection.state == "draft" and lot == line.lot_id:
                inspection._update_received_quantity()
            elif lot != line.lot_id or more:
                # Nobody has looked at these goods under this number: a new inspection.
                line.quality_inspection_id = False
                inspection.filtered(
                    lambda one: one.state == "draft"
                )._update_received_quantity()
        changed._request_receipt_inspections()
