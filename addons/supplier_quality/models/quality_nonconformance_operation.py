from odoo import Command, models
from odoo.exceptions import UserError


class QualityNonconformanceDecision(models.Model):
    """What a decision does to the stock: which goods it takes, and where they go."""

    # A file for each side of the model: one of 400 lines would be hard to read.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "quality.nonconformance.decision"

    def _take_part(self, status):
        """Give what the decision is about, and nothing else, a disposition.

        :returns: the lot of that part: a new one, split off, or the whole lot where the
            decision is about all there is of it.
        """
        lot, reason, origin = self.lot_id, self._get_reason(), self.nonconformance_id
        in_part = self.uom_id.compare(self.quantity, self._get_stock()) < 0
        if in_part and not self.part_lot_id:
            self.part_lot_id = lot._split_quants(
                self._get_sources(lot), status, reason, origin=origin
            )
        else:
            self.part_lot_id = self.part_lot_id or lot
            self.part_lot_id._set_disposition(status, reason, origin=origin)
        return self.part_lot_id

    def _get_stock(self):
        """Return how much of the lot there is, wherever it lies."""
        quants = self.env["stock.quant"].search(
            [
                ("lot_id", "=", self.lot_id.id),
                ("location_id.usage", "in", ("internal", "transit")),
                ("quantity", ">", 0),
            ]
        )
        return sum(quants.mapped("quantity"))

    def _get_source_quants(self, lot):
        """Return where the goods are, the largest quantity first.

        :raises UserError: less of the lot is in stock than decided about.
        """
        quants = self.env["stock.quant"].search(
            [
                *self._get_goods_domain(lot),
                ("location_id.usage", "=", "internal"),
                ("company_id", "=", self.company_id.id),
                ("quantity", ">", 0),
            ]
        )
        if self.uom_id.compare(sum(quants.mapped("quantity")), self.quantity) < 0:
            raise UserError(
                self.env._(
                    "Less than %(quantity)s of %(goods)s is in stock.",
                    quantity=self.quantity,
                    goods=lot.display_name or self.nonconformance_id.product_id.display_name,
                )
            )
        return quants.sorted("quantity", reverse=True)

    def _get_goods_domain(self, lot):
        """Return the domain of the stock that the decision is about."""
        return [("lot_id", "=", lot.id)]

    def _get_sources(self, lot):
        """Return ``[(quant, quantity)]``: what the decision takes from where."""
        left, sources = self.quantity, []
        for quant in self._get_source_quants(lot):
            taken = min(left, quant.quantity)
            if self.uom_id.compare(taken, 0) > 0:
                sources.append((quant, taken))
            left -= taken
        return sources

    def _get_warehouse(self):
        quants = self._get_source_quants(self.part_lot_id or self.lot_id)
        return quants[:1].location_id.warehouse_id

    def _get_return_type(self):
        receipt_type = self._get_warehouse().in_type_id
        return receipt_type.return_picking_type_id or self._get_warehouse().out_type_id

    def _get_supplier_location(self):
        partner = self.nonconformance_id.partner_id.with_company(self.company_id)
        return partner.property_stock_supplier or self.env.ref(
            "stock.stock_location_suppliers"
        )

    def _create_transfer(self, picking_type, destination, lot):
        """Return a transfer of the goods, with their lot, ready to be validated."""
        nonconformance = self.nonconformance_id
        sources = self._get_sources(lot)
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "partner_id": nonconformance.partner_id.id,
                "location_id": sources[0][0].location_id.id,
                "location_dest_id": destination.id,
                "origin": nonconformance.name,
                "company_id": self.company_id.id,
            }
        )
        for quant, quantity in sources:
            self.env["stock.move"].create(
                self._prepare_move_vals(picking, quant, quantity)
            )
        picking.action_confirm()
        return picking

    def _prepare_move_vals(self, picking, quant, quantity):
        """Return a move of a quantity of these goods, out of their package, if any."""
        goes_back = picking.location_dest_id.usage == "supplier"
        received = self._find_received_move() if goes_back else None
        common = {
            "product_id": quant.product_id.id,
            "location_id": quant.location_id.id,
            "location_dest_id": picking.location_dest_id.id,
            "picking_id": picking.id,
        }
        line = {
            **common,
            "product_uom_id": quant.product_uom_id.id,
            "lot_id": quant.lot_id.id,
            "package_id": quant.package_id.id,
            "owner_id": quant.owner_id.id,
            "quantity": quantity,
        }
        return {
            **common,
            "product_uom_qty": quantity,
            "product_uom": quant.product_uom_id.id,
            "origin_returned_move_id": received.id if received else False,
            "purchase_line_id": received.purchase_line_id.id if received else False,
            "to_refund": bool(received),
            "move_line_ids": [Command.create(line)],
        }

    def _find_received_move(self):
        """Return the move the lot came in with, so that the order counts what goes back."""
        lines = self.env["stock.move.line"].search(
            [
                ("lot_id", "in", self.lot_id._get_lineage().ids),
                ("state", "=", "done"),
                ("location_dest_id.usage", "in", ("internal", "transit")),
            ],
            order="id desc",
        )
        return lines.filtered(lambda line: line._is_supplied())[:1].move_id
