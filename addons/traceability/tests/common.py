from odoo import Command
from odoo.tests import TransactionCase, new_test_user


class TraceCase(TransactionCase):
    """A plant that makes tables of boards: both tracked by lot."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.kilogram = cls.env.ref("uom.product_uom_kgm")
        cls.board = cls.make_product("Board", "lot", uom_id=cls.kilogram.id)
        cls.table = cls.make_product("Table", "lot")
        cls.supplier, cls.customer, cls.other_customer = cls.env["res.partner"].create(
            [{"name": "Sawmill"}, {"name": "Café Nord"}, {"name": "Café Süd"}]
        )
        cls.bom = cls.make_bom(cls.table, {cls.board: 2})
        cls.stock_user = new_test_user(
            cls.env, "trace-stock", "stock.group_stock_user,mrp.group_mrp_user"
        )
        cls.inspector = new_test_user(
            cls.env,
            "trace-inspector",
            "lot_disposition.lot_disposition_group_inspector",
        )
        cls.Edge = cls.env["traceability.edge"]
        cls.Event = cls.env["traceability.lot.event"]

    @classmethod
    def make_product(cls, name, tracking, **values):
        return cls.env["product.product"].create(
            {"name": name, "is_storable": True, "tracking": tracking, **values}
        )

    @classmethod
    def make_bom(cls, product, components, **values):
        """``components``: product → quantity for one of ``product``."""
        return cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "product_qty": 1,
                "consumption": "flexible",
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": quantity})
                    for part, quantity in components.items()
                ],
                **values,
            }
        )

    @classmethod
    def make_lot(cls, name, product=None, **values):
        product = product or cls.board
        return cls.env["stock.lot"].create(
            {"name": name, "product_id": product.id, **values}
        )

    @classmethod
    def move(cls, source, target, lot, quantity, *, kind=None, partner=None):
        """Move some of a lot, on a transfer when a picking type is given; all done."""
        picking = cls.env["stock.picking"]
        if kind:
            picking = picking.create(
                {
                    "picking_type_id": kind.id,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "partner_id": partner.id if partner else False,
                }
            )
        move = cls.env["stock.move"].create(
            {
                "product_id": lot.product_id.id,
                "product_uom_qty": quantity,
                "product_uom": lot.product_id.uom_id.id,
                "location_id": source.id,
                "location_dest_id": target.id,
                "picking_id": picking.id,
            }
        )
        move._action_confirm()
        cls.fill(move, {lot: quantity})
        move.picked = True
        if picking:
            picking.button_validate()
        else:
            move._action_done()
        return move

    @classmethod
    def receive(cls, name, quantity=10, product=None):
        """Receive a new lot from the sawmill. Returns the lot."""
        lot = cls.make_lot(name, product)
        cls.move(
            cls.suppliers,
            cls.stock,
            lot,
            quantity,
            kind=cls.warehouse.in_type_id,
            partner=cls.supplier,
        )
        return lot

    @classmethod
    def ship(cls, lot, quantity, partner=None):
        """Ship some of a lot to a customer. Returns the move."""
        return cls.move(
            cls.stock,
            cls.customers,
            lot,
            quantity,
            kind=cls.warehouse.out_type_id,
            partner=partner or cls.customer,
        )

    @classmethod
    def take_back(cls, lot, quantity, partner=None):
        """Let a customer return some of a lot. Returns the move."""
        return cls.move(
            cls.customers,
            cls.stock,
            lot,
            quantity,
            kind=cls.warehouse.in_type_id,
            partner=partner or cls.customer,
        )

    @classmethod
    def make_order(cls, quantity, product=None, bom=None):
        order = cls.env["mrp.production"].create(
            {
                "product_id": (product or cls.table).id,
                "product_qty": quantity,
                "bom_id": (bom or cls.bom).id,
            }
        )
        order.action_confirm()
        return order

    @classmethod
    def produce(cls, consumed, made, product=None, bom=None):
        """Make and finish one order.

        :param consumed: lot → quantity; ``made``: name → quantity of the output lots.
        :returns: the order and its output lots.
        """
        product = product or cls.table
        quantity = sum(made.values())
        lots = cls.env["stock.lot"]
        if product.tracking != "none":
            lots = lots.union(*(cls.make_lot(name, product) for name in made))
        order = cls.make_order(quantity, product, bom)
        # Odoo wants to know one lot of an order, or every serial number.
        order.lot_producing_ids = lots if product.tracking == "serial" else lots[:1]
        order.qty_producing = quantity
        order._set_qty_producing()
        for move in order.move_raw_ids:
            parts = {
                lot: amount
                for lot, amount in consumed.items()
                if lot.product_id == move.product_id
            }
            cls.fill(move, parts)
        if product.tracking == "lot":
            main = order.move_finished_ids.filtered(lambda m: m.product_id == product)
            # Picked, Odoo would take it for produced already.
            parts = dict(zip(lots, made.values(), strict=True))
            cls.fill(main, parts, picked=False)
        order.button_mark_done()
        return order, lots

    @classmethod
    def fill(cls, move, parts, *, picked=True):
        """Say which lots a move moves: lot → quantity."""
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                cls.line_vals(lot, quantity, move)
                | {"picking_id": move.picking_id.id, "picked": picked}
            )
            for lot, quantity in parts.items()
        ]
        move.picked = picked

    @classmethod
    def line_vals(cls, lot, quantity, move):
        return {
            "product_id": move.product_id.id,
            "product_uom_id": move.product_uom.id,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "lot_id": lot.id,
            "quantity": quantity,
            "picked": True,
        }

    def recall(self, lot, **values):
        recall = self.env["traceability.recall"].create({"lot_id": lot.id, **values})
        recall.action_run()
        return recall

    def edges(self, lot=None, **conditions):
        """Return the steps from or into a lot that have these values."""
        domain = lot._get_step_domain() if lot else []
        domain += [(name, "=", value) for name, value in conditions.items()]
        return self.Edge.search(domain, order="id")

    def events(self, lot, **conditions):
        domain = [("lot_id", "=", lot.id)]
        domain += [(name, "=", value) for name, value in conditions.items()]
        return self.Event.search(domain, order="id")
