from odoo import api, fields, models
from odoo.tools import groupby

from .quality_inspection import MANAGER

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
        without_lot = self._send_uninspected_to_quarantine()
        result = super()._action_done()
        lines = self.exists()
        lines._request_inspections(without_lot & lines)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # A line added to a finished move brings stock in without _action_done.
        done = lines.filtered(lambda line: line.state == "done")
        done._request_inspections(done._send_uninspected_to_quarantine())
        return lines

    def write(self, vals):
        done = self.browse()
        if RECEIPT_FIELDS & vals.keys():
            done = self.filtered(lambda line: line.state == "done")
        before = {line: (line.lot_id, line.quantity_product_uom) for line in done}
        result = super().write(vals)
        done._on_receipt_corrected(before)
        return result

    def _takes_permit(self, use):
        """What is still inspected leaves by its pass, or by the quality manager."""
        if super()._takes_permit(use):
            return True
        if use != "internal" or self.lot_id or self.env.user.has_group(MANAGER):
            return False
        # An inspection holds goods for everybody, whoever may read it.
        inspections = self.env["quality.inspection"].sudo()
        return bool(inspections._find_open_in_place(self.location_id, self.product_id))

    def _get_inspection_operation(self):
        """Hook: which kind of inspection plan looks at what this line brought, if any."""
        self.ensure_one()
        brings = (
            self.location_dest_id.usage in STOCKED
            and self.product_uom_id.compare(self.quantity, 0) > 0
        )
        if brings and self._is_supplied():
            return "receipt"
        source = self.location_id
        returned = source.usage == "customer" or (
            source._is_between_companies() and bool(self.move_id.origin_returned_move_id)
        )
        return "return" if brings and returned else None

    def _is_supplied(self):
        """Tell whether a supplier brought this; lines can say it without their move."""
        return self.location_id.usage == "supplier" or (
            bool(self.move_id) and self.move_id._is_supplied()
        )

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
        if not self._is_supplied():
            return self.env["res.partner"]
        partner = self._get_transfer().partner_id or self.move_id.partner_id
        return partner.commercial_partner_id

    def _get_transfer(self):
        """Return the transfer; a line may know it only through its move."""
        self.ensure_one()
        return self.picking_id or self.move_id.picking_id

    def _get_goods_to_inspect(self):
        """Return what says which goods one inspection is of, as values of its fields."""
        self.ensure_one()
        if self.lot_id:
            return {"lot_id": self.lot_id.id}
        return {
            "lot_id": False,
            "product_id": self.product_id.id,
            "picking_id": self._get_transfer().id,
            "held_location_id": self.location_dest_id.id,
        }

    def _get_release_location(self):
        """Return where goods without a lot go once they passed, where they do not lie."""
        self.ensure_one()
        if self.lot_id:
            return self.env["stock.location"]
        place = self.move_id.location_dest_id
        if place.in_quarantine:
            place = place.warehouse_id.lot_stock_id
        return place - self.location_dest_id

    def _request_inspections(self, without_lot=None):
        """Hold what came in and ask for its inspection, where a plan says so.

        :param without_lot: those of the lines that have no lot, and a plan.
        """
        waiting = self.filtered("lot_id") | (without_lot or self.browse())
        waiting = waiting.filtered(lambda line: not line.quality_inspection_id)
        for operation, group in groupby(
            waiting, key=lambda line: line._get_inspection_operation()
        ):
            if operation:
                # Whoever receives goods need not be allowed to plan or create
                # inspections; that they are created protects everybody else.
                lines = self.env["stock.move.line"].union(*group).sudo()
                lines.env["quality.inspection"]._request_for_lines(lines, operation)

    def _send_uninspected_to_quarantine(self):
        """Goods without a lot that a plan wants inspected come in to quarantine.

        An inspection holds a lot; these have none, so the place holds them.

        :returns: the lines concerned.
        """
        # As in _request_inspections: rules protect everybody, whoever receives.
        lines = self.sudo()._filter_planned_without_lot()
        for line in lines:
            place = line.location_dest_id
            if not place.in_quarantine and place.warehouse_id:
                line.location_dest_id = place.warehouse_id._get_quarantine_place()
        return lines.sudo(self.env.su)

    def _filter_planned_without_lot(self):
        """Return the lines of goods without a lot that plans want inspected."""
        unnamed = self.filtered(
            lambda line: (
                line.product_id.is_storable
                and not line.lot_id
                and not (line.lot_name and line.product_id.tracking != "none")
            )
        )
        planned = self.browse()
        for operation, group in groupby(
            unnamed, key=lambda line: line._get_inspection_operation()
        ):
            if operation:
                goods = {line: line._get_inspected_goods() for line in group}
                plans = self.env["quality.inspection.plan"]._find_for_goods(
                    operation, goods
                )
                planned |= self.browse().union(*plans)
        return planned

    def _on_receipt_corrected(self, before):
        """Follow a correction of finished lines.

        :param before: ``{line: (lot, quantity in the product's unit)}``.
        """
        changed = self.filtered(
            lambda line: before[line] != (line.lot_id, line.quantity_product_uom)
        )
        again = self.browse()
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
                again |= line if inspection else again
                inspection.filtered(
                    lambda one: one.state == "draft"
                )._update_received_quantity()
        changed._request_inspections(again.filtered(lambda line: not line.lot_id))
