from odoo import api, fields, models
from odoo.tools import groupby

# What changes the goods of a line that is done already.
RECEIPT_FIELDS = {
    *("quantity", "lot_id", "lot_name", "product_uom_id", "location_dest_id"),
}
STOCKED = ("internal", "transit")


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    quality_inspection_id = fields.Many2one(
        "quality.inspection",
        string="Inspection",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The inspection that looks at what this line brought.",
    )

    def _action_done(self):
        """Everything that comes in ends here, whole or partial, at once or later.

        Lots that were only typed in exist after super(); whatever is chained to the
        receipt reserves later, when they are on hold already.
        """
        result = super()._action_done()
        self.exists()._request_inspections()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # A line added to a finished move brings stock in without _action_done.
        lines.filtered(lambda line: line.state == "done")._request_inspections()
        return lines

    def write(self, vals):
        done = self.browse()
        if RECEIPT_FIELDS & vals.keys():
            done = self.filtered(lambda line: line.state == "done")
        before = {line: (line.lot_id, line.quantity_product_uom) for line in done}
        result = super().write(vals)
        done._on_receipt_corrected(before)
        return result

    def _get_inspection_operation(self):
        """Hook: which kind of inspection plan looks at what this line brought, if any."""
        self.ensure_one()
        brings = (
            self.lot_id
            and self.location_dest_id.usage in STOCKED
            and self.product_uom_id.compare(self.quantity, 0) > 0
        )
        by_source = {"supplier": "receipt", "customer": "return"}
        return by_source.get(self.location_id.usage) if brings else None

    def _get_inspected_goods(self):
        """Return what inspection plans are chosen by."""
        self.ensure_one()
        return self.env["quality.inspection.plan"]._prepare_goods(
            self.product_id,
            self._get_supplier(),
            self.company_id,
            self._get_transfer().picking_type_id or self.move_id.picking_type_id,
        )

    def _get_supplier(self):
        """Return who delivered; a customer who sends goods back is not a supplier."""
        self.ensure_one()
        if self.location_id.usage != "supplier":
            return self.env["res.partner"]
        partner = self._get_transfer().partner_id or self.move_id.partner_id
        return partner.commercial_partner_id

    def _get_transfer(self):
        """Return the transfer; a line may know it only through its move."""
        self.ensure_one()
        return self.picking_id or self.move_id.picking_id

    def _request_inspections(self):
        """Hold what came in and ask for its inspection, where a plan says so."""
        waiting = self.filtered(lambda line: not line.quality_inspection_id)
        for operation, group in groupby(
            waiting, key=lambda line: line._get_inspection_operation()
        ):
            if operation:
                # Whoever receives goods need not be allowed to plan or create
                # inspections; that they are created protects everybody else.
                lines = self.env["stock.move.line"].union(*group).sudo()
                lines.env["quality.inspection"]._request_for_lines(lines, operation)

    def _on_receipt_corrected(self, before):
        """Follow a correction of finished lines.

        :param before: ``{line: (lot, quantity in the product's unit)}``.
        """
        changed = self.filtered(
            lambda line: before[line] != (line.lot_id, line.quantity_product_uom)
        )
        for line in changed.sudo():  # see _request_inspections
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
        changed._request_inspections()
