from odoo import api, fields, models

from ..lib.graph import path_to

KIND = [
    ("lot", "Affected lot"),
    ("order", "Production order"),
    ("stock", "On hand"),
    ("open", "In progress"),
    ("customer", "Customer"),
    ("supplier", "Supplier"),
]


class TraceabilityRecallLine(models.Model):
    """One line of a recall's answer, as of the moment it was given."""

    _name = "traceability.recall.line"
    _description = "Recall Line"
    _order = "recall_id, sequence, id"
    _log_access = False

    recall_id = fields.Many2one(
        "traceability.recall", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    sequence = fields.Integer()
    kind = fields.Selection(KIND, required=True)
    lot_id = fields.Many2one("stock.lot", required=True, ondelete="restrict")
    disposition = fields.Selection(
        related="lot_id.disposition", string="Disposition today"
    )
    product_id = fields.Many2one("product.product", ondelete="restrict")
    depth = fields.Integer(string="Steps", help="From the lot that is recalled.")
    path = fields.Char(help="The shortest way that makes this lot affected.")
    quantity = fields.Float(
        digits="Product Unit",
        help="Of the lot, in its unit. For customers: shipped less what came back.",
    )
    product_uom_id = fields.Many2one(
        "uom.uom", string="Unit", related="product_id.uom_id"
    )
    reserved_quantity = fields.Float(string="Reserved", digits="Product Unit")
    shipped_quantity = fields.Float(string="Shipped", digits="Product Unit")
    returned_quantity = fields.Float(string="Returned", digits="Product Unit")
    location_id = fields.Many2one("stock.location", ondelete="restrict")
    production_id = fields.Many2one(
        "mrp.production", string="Production order", ondelete="restrict"
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Transfer", ondelete="restrict"
    )
    made_product_id = fields.Many2one(
        "product.product", string="Made product", ondelete="restrict"
    )
    made_lots = fields.Char(help="Lots that came out; empty: the product has none.")
    confidence = fields.Selection(
        [
            ("exact", "Exact"),
            ("allocated", "Allocated within the order"),
            ("assumed", "Assumed"),
        ]
    )
    status = fields.Selection(
        [("reserved", "Reserved"), ("consumed", "Consumed, order not finished")]
    )
    partner_id = fields.Many2one("res.partner", ondelete="restrict")
    documents = fields.Char()

    @api.model
    def _prepare_empty_row(self, recall):
        """Return a row with every column, for the others to fill."""
        columns = [
            name
            for name, field in self._fields.items()
            if field.store and field.column_type and name != "id"
        ]
        return {
            **dict.fromkeys(columns),
            "recall_id": recall.id,
            "company_id": recall.company_id.id,
            "depth": 0,
            "quantity": 0.0,
            "reserved_quantity": 0.0,
            "shipped_quantity": 0.0,
            "returned_quantity": 0.0,
        }

    @api.model
    def _prepare_lot_rows(self, lots, found):
        """Return the affected lots, nearest first, each with a way that leads to it.

        :param found: see ``lib.graph.reach``.
        """
        names = {lot.id: lot.name for lot in lots}
        return [
            {
                "kind": "lot",
                "lot_id": lot.id,
                "product_id": lot.product_id.id,
                "depth": found[lot.id].depth,
                "path": " → ".join(names[node] for node in path_to(lot.id, found)),
            }
            for lot in lots
        ]

    @api.model
    def _prepare_order_rows(self, lots, direction):
        """Return the orders that consumed these lots, or that made them."""
        near = "input_lot_id" if direction == "forward" else "output_lot_id"
        groups = self.env["traceability.edge"]._read_group(
            [("kind", "=", "production"), (near, "in", lots.ids)],
            ["production_id", "input_lot_id", "output_product_id"],
            [
                "quantity:sum",
                "output_lot_id:recordset",
                "confidence:array_agg_distinct",
            ],
            order="production_id, input_lot_id",
        )
        return [
            {
                "kind": "order",
                "production_id": order.id,
                "lot_id": lot.id,
                "product_id": lot.product_id.id,
                "quantity": quantity,
                "made_product_id": product.id,
                "made_lots": ", ".join(made.mapped("name")),
                "confidence": confidence[0] if len(confidence) == 1 else "allocated",
            }
            for order, lot, product, quantity, made, confidence in groups
        ]

    @api.model
    def _prepare_stock_rows(self, lots):
        groups = self.env["stock.quant"]._read_group(
            [
                ("lot_id", "in", lots.ids),
                ("location_id.usage", "in", ("internal", "transit")),
                ("quantity", ">", 0),
            ],
            ["lot_id", "location_id"],
            ["quantity:sum", "reserved_quantity:sum"],
        )
        return [
            {
                "kind": "stock",
                "lot_id": lot.id,
                "product_id": lot.product_id.id,
                "location_id": location.id,
                "quantity": quantity,
                "reserved_quantity": reserved,
            }
            for lot, location, quantity, reserved in groups
        ]

    @api.model
    def _prepare_open_rows(self, lots):
        """Return what is under way: reserved, or consumed by an unfinished order."""
        unfinished = ("confirmed", "progress", "to_close")
        lines = self.env["stock.move.line"].search(
            [
                ("lot_id", "in", lots.ids),
                ("quantity", ">", 0),
                "|",
                ("state", "not in", ("done", "cancel")),
                "&",
                ("state", "=", "done"),
                ("move_id.raw_material_production_id.state", "in", unfinished),
            ],
            order="id",
        )
        return [
            {
                "kind": "open",
                "lot_id": line.lot_id.id,
                "product_id": line.product_id.id,
                "quantity": line.quantity_product_uom,
                "location_id": line.location_id.id,
                "production_id": line.move_id.raw_material_production_id.id,
                "picking_id": line.picking_id.id,
                "partner_id": line.picking_id.partner_id.id,
                "status": "consumed" if line.state == "done" else "reserved",
                "documents": line.move_id.reference,
            }
            for line in lines
        ]

    @api.model
    def _prepare_customer_rows(self, lots):
        """Return what each customer has of each lot: shipped less returned."""
        return self._prepare_partner_rows(
            lots,
            "customer",
            out=("shipment", "input_lot_id"),
            back=("customer_return", "output_lot_id"),
        )

    @api.model
    def _prepare_supplier_rows(self, lots):
        """Return what each supplier delivered of each lot, and got back."""
        return self._prepare_partner_rows(
            lots,
            "supplier",
            out=("receipt", "output_lot_id"),
            back=("vendor_return", "input_lot_id"),
        )

    def _prepare_partner_rows(self, lots, kind, *, out, back):
        """Return rows per partner and lot, netted.

        :param out, back: kind of step, and the field that holds the lot.
        """
        totals = {}
        for column, (step, lot_field) in (
            ("shipped_quantity", out),
            ("returned_quantity", back),
        ):
            groups = self.env["traceability.edge"]._read_group(
                [("kind", "=", step), (lot_field, "in", lots.ids)],
                ["partner_id", lot_field],
                ["quantity:sum", "reference:array_agg_distinct"],
            )
            for partner, lot, quantity, references in groups:
                # The company behind an address: goods come back from another one.
                key = (partner.commercial_partner_id, lot)
                total = totals.setdefault(
                    key,
                    {"shipped_quantity": 0, "returned_quantity": 0, "documents": []},
                )
                total[column] += quantity
                total["documents"] += [name for name in references if name]
        return [
            {
                "kind": kind,
                "partner_id": partner.id,
                "lot_id": lot.id,
                "product_id": lot.product_id.id,
                **total,
                "quantity": total["shipped_quantity"] - total["returned_quantity"],
                "documents": ", ".join(dict.fromkeys(total["documents"])),
            }
            for (partner, lot), total in totals.items()
        ]

    def action_open_document(self):
        """Open the order, the transfer, or the steps behind this line."""
        self.ensure_one()
        document = self.production_id or self.picking_id
        if document:
            return {
                "type": "ir.actions.act_window",
                "res_model": document._name,
                "res_id": document.id,
                "view_mode": "form",
            }
        return self.lot_id.action_open_genealogy()
