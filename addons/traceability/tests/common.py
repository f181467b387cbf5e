from odoo import Command

from odoo.addons.integration_core.tests.common import IntegrationCase


class TraceCase(IntegrationCase):
    """A raw lot becomes a finished lot, which can be shipped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.supplier = cls.env["res.partner"].create({"name": "Mill"})
        cls.customer = cls.env["res.partner"].create(
            {"name": "Acme", "email": "quality@acme.example.com"}
        )
        cls.raw, cls.finished = (
            cls.env["product.product"].create(
                {
                    "name": name,
                    "default_code": name,
                    "is_storable": True,
                    "tracking": "lot",
                }
            )
            for name in ("RAW", "FIN")
        )
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.finished.product_tmpl_id.id,
                "product_qty": 1,
                "bom_line_ids": [
                    Command.create({"product_id": cls.raw.id, "product_qty": 2})
                ],
            }
        )

    def lot(self, name, product=None):
        return self.env["stock.lot"].create(
            {"name": name, "product_id": (product or self.raw).id}
        )

    def transfer(self, lot, quantity, source, destination, partner, code, to=None):
        """Move a lot. ``to``: whom the move names, where the transfer names another."""
        picking_type = self.warehouse[f"{code}_type_id"]
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "partner_id": partner.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
            }
        )
        move = self.env["stock.move"].create(
            {
                "product_id": lot.product_id.id,
                "product_uom_qty": quantity,
                "product_uom": lot.product_uom_id.id,
                "picking_id": picking.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
            }
        )
        if to:
            move.partner_id = to
        move._action_confirm()
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "picking_id": picking.id,
                    "product_id": lot.product_id.id,
                    "product_uom_id": lot.product_uom_id.id,
                    "lot_id": lot.id,
                    "location_id": source.id,
                    "location_dest_id": destination.id,
                    "quantity": quantity,
                }
            ),
        ]
        move.picked = True
        picking.with_context(skip_sms=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def receive_lot(self, lot, quantity):
        return self.transfer(
            lot, quantity, self.suppliers, self.stock, self.supplier, "in"
        )

    def ship(self, lot, quantity):
        return self.transfer(
            lot, quantity, self.stock, self.customers, self.customer, "out"
        )

    def take_back(self, lot, quantity):
        return self.transfer(
            lot, quantity, self.customers, self.stock, self.customer, "in"
        )

    def produce(self, inputs, output, quantity):
        """Make ``quantity`` of ``output`` from ``{lot: quantity}``."""
        production = self.env["mrp.production"].create(
            {
                "product_id": output.product_id.id,
                "product_qty": quantity,
                "bom_id": self.bom.id,
            }
        )
        production.action_confirm()
        move = production.move_raw_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            *(
                Command.create(
                    {
                        "product_id": lot.product_id.id,
                        "lot_id": lot.id,
                        "quantity": used,
                        "product_uom_id": lot.product_uom_id.id,
                        "location_id": move.location_id.id,
                        "location_dest_id": move.location_dest_id.id,
                    }
                )
                for lot, used in inputs.items()
            ),
        ]
        move.picked = True
        production.lot_producing_ids = [Command.set(output.ids)]
        production.qty_producing = quantity
        production.with_context(skip_consumption=True).button_mark_done()
        self.assertEqual(production.state, "done")
        return production

    # Products and orders of any shape ---------------------------------------

    @classmethod
    def product(cls, name, tracking="lot", **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "default_code": name,
                "is_storable": True,
                "tracking": tracking,
                **values,
            }
        )

    @classmethod
    def recipe(cls, product, components, byproducts=None, **values):
        """Return a bill of materials: components and by-products as product → quantity."""
        return cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "product_qty": 1,
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": quantity})
                    for part, quantity in components.items()
                ],
                "byproduct_ids": [
                    Command.create({"product_id": part.id, "product_qty": quantity})
                    for part, quantity in (byproducts or {}).items()
                ],
                **values,
            }
        )

    def order(self, product, quantity, components=None):
        """Return a confirmed order, by the newest recipe or of these components."""
        values = {"bom_id": product.bom_ids.sorted("id")[-1:].id}
        if components:
            values = {
                "bom_id": False,
                "move_raw_ids": [
                    Command.create({"product_id": part.id, "product_uom_qty": needed})
                    for part, needed in components.items()
                ],
            }
        production = self.env["mrp.production"].create(
            {"product_id": product.id, "product_qty": quantity, **values}
        )
        production.action_confirm()
        return production

    def fill(self, move, parts, *, picked=True):
        """Say what a move moves: lot, or None where there is none → quantity."""
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": move.product_id.id,
                    "lot_id": lot.id if lot else False,
                    "quantity": quantity,
                    "product_uom_id": move.product_uom.id,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "picking_id": move.picking_id.id,
                    "picked": picked,
                }
            )
            for lot, quantity in parts.items()
        ]
        move.picked = picked

    def finish(self, production, consumed, made, **context):
        """Post an order: what went in and came out, as lot or product → quantity."""
        main = production.product_id
        lots = [
            key for key in made if key._name == "stock.lot" and key.product_id == main
        ]
        production.lot_producing_ids = [
            Command.set(
                [lot.id for lot in lots[: None if main.tracking == "serial" else 1]]
            )
        ]
        production.qty_producing = sum(
            quantity for key, quantity in made.items() if key in (main, *lots)
        )
        for moves, parts in (
            (production.move_raw_ids, consumed),
            (production.move_finished_ids, made),
        ):
            for move in moves.filtered(
                lambda move: move.state not in ("done", "cancel")
            ):
                own = self._parts_of(move.product_id, parts)
                if own and (
                    move.raw_material_production_id or move.has_tracking == "lot"
                ):
                    self.fill(move, own, picked=bool(move.raw_material_production_id))
        production.with_context(
            skip_consumption=True, skip_backorder=True, **context
        ).button_mark_done()
        self.assertEqual(production.state, "done")
        return production

    def _parts_of(self, product, parts):
        return {
            (key if key._name == "stock.lot" else None): quantity
            for key, quantity in parts.items()
            if key == product
            or (key._name == "stock.lot" and key.product_id == product)
        }

    def stocked(self, name, quantity, product=None):
        """Return a new lot of which a quantity has been received."""
        lot = self.lot(name, product)
        self.receive_lot(lot, quantity)
        return lot

    def links(self, **values):
        """Return ``{(input, output): (quantity, confidence)}`` of lot to lot edges."""
        return {
            (
                (edge.input_lot_id or edge.input_node_id).name,
                (edge.output_lot_id or edge.output_node_id).name,
            ): (round(edge.quantity, 6), edge.confidence)
            for edge in self.edges(**values)
            if edge.input_vertex and edge.output_vertex
        }

    def forward(self, *lots):
        """Return the names of the lots that were made of these."""
        lots = self.env["stock.lot"].concat(*lots)
        found = self.env["traceability.edge"].trace(lots)
        return set(self.env["stock.lot"].browse(found.lot_ids).mapped("name"))

    def edges(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["traceability.edge"].search(domain)


class RecallCase(TraceCase):
    """Six of ten finished goods are shipped, made of a lot of which ten are left."""

    def setUp(self):
        super().setUp()
        self.raw_lot, self.output = self.lot("R1"), self.lot("F1", self.finished)
        self.receipt = self.receive_lot(self.raw_lot, 30)
        self.produce({self.raw_lot: 20}, self.output, 10)
        self.delivery = self.ship(self.output, 6)

    def ask(self):
        recall = self.env["traceability.recall"].create(
            {"lot_id": self.raw_lot.id, "reason": "Wrong alloy"}
        )
        recall.action_run()
        return recall
