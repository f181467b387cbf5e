from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from odoo.addons.integration_core.tests.common import IntegrationCase


class TestEvents(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {
                "name": "Plate",
                "default_code": "PL-1",
                "is_storable": True,
                "tracking": "lot",
            }
        )
        cls.lot = cls.env["stock.lot"].create(
            {"name": "L1", "product_id": cls.product.id}
        )

    def published(self):
        return self.env["integration.message"].search(
            [
                ("contract_code", "=", "lot.disposition.changed"),
                ("res_id", "=", self.lot.id),
            ]
        )

    def test_each_change_is_published_with_its_reason(self):
        self.lot._set_disposition("quarantined", "Rust")
        message = self.published()
        self.assertEqual(message.payload["to"], "quarantined")
        self.assertEqual(message.payload["reason"], "Rust")
        self.assertEqual(message.payload["item"], "PL-1")
        self.assertFalse(message.contract_id._find_payload_faults(message.payload))

    def test_changes_of_a_lot_keep_their_order(self):
        self.lot._set_disposition("quarantined", "Rust")
        self.lot._set_disposition("released", "Cleaned")
        self.assertEqual(len(set(self.published().mapped("order_key"))), 1)

    def test_nothing_is_published_when_nothing_changes(self):
        self.lot._set_disposition("released", "Still good")
        self.assertFalse(self.published())

    def test_samples_satisfy_the_contracts(self):
        for name in (
            "lot_disposition_changed",
            "lot_disposition_decided",
            "lot_orders_endangered",
        ):
            contract = self.env.ref(f"integration_lot_disposition.contract_{name}_1_0")
            with self.subTest(contract=name):
                self.assertFalse(contract._find_payload_faults(contract._get_sample()))


class TestDecided(IntegrationCase):
    """A QMS decides; Odoo follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("lot.disposition.decided")
        cls.product = cls.env["product.product"].create(
            {"name": "Plate", "is_storable": True, "tracking": "lot"}
        )
        cls.map("item", "Q-PL", cls.product)
        cls.lot = cls.env["stock.lot"].create(
            {"name": "L1", "product_id": cls.product.id}
        )
        cls.lot._set_disposition("quarantined", "Rust")
        cls.manager = new_test_user(
            cls.env, "qm", "lot_disposition.lot_disposition_group_manager"
        )

    def decide(self, status):
        payload = {"item": "Q-PL", "lot": "L1", "to": status, "reason": "Retested"}
        return self.receive("lot.disposition.decided", payload).delivery_ids

    def test_decision_is_taken_over_with_its_path(self):
        delivery = self.decide("released")
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.lot.disposition, "released")
        entry = self.lot.disposition_entry_ids[0]
        self.assertEqual((entry.path, entry.user_id), ("message", self.system.user_id))

    def test_people_stop_what_the_qms_owns_and_decide_nothing_else(self):
        self.system.owns_dispositions = True
        lot = self.lot.with_user(self.manager)
        with self.assertRaisesRegex(UserError, self.system.name):
            lot.set_disposition("released", "Looks good")
        self.assertEqual(self.decide("released").state, "done")
        lot.set_disposition("quarantined", "Looks bad")
        self.assertEqual(self.lot.disposition, "quarantined")

    def test_second_person_is_waited_for(self):
        self.product.product_tmpl_id.release_people = "two"
        delivery = self.decide("released")
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(delivery.result["data"]["disposition"], "quarantined")


class TestEndangered(TestEvents):
    """A hold publishes whom it endangers, where somebody awaits that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock = cls.env["stock.warehouse"].search([], limit=1).lot_stock_id
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, cls.stock, 10, lot_id=cls.lot
        )
        cls.picking = cls.env["stock.picking"].create(
            {
                "picking_type_id": cls.stock.warehouse_id.out_type_id.id,
                "location_id": cls.stock.id,
                "location_dest_id": cls.env.ref("stock.stock_location_customers").id,
                "partner_id": cls.env["res.partner"].create({"name": "Nordic Boats"}).id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": 4,
                            "location_id": cls.stock.id,
                            "location_dest_id": cls.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        }
                    )
                ],
            }
        )
        cls.picking.action_confirm()
        cls.picking.action_assign()

    def endangered(self):
        return self.env["integration.message"].search(
            [("contract_code", "=", "lot.orders.endangered")]
        )

    def test_what_nobody_awaits_is_not_written(self):
        self.lot._set_disposition("quarantined", "Rust")
        self.assertFalse(self.endangered())

    def test_orders_are_named_with_what_they_miss(self):
        self.env["integration.playbook"].create(
            {
                "name": "Replan",
                "contract_code": "lot.orders.endangered",
                "user_id": self.env.uid,
                "responsible_id": self.env.uid,
                "step_ids": [Command.create({"name": "Replan", "kind": "person"})],
            }
        )
        self.lot._set_disposition("quarantined", "Rust")
        message = self.endangered()
        (order,) = message.payload["orders"]
        self.assertEqual(order["order"], self.picking.name)
        self.assertEqual((order["quantity"], order["missing"]), (4, 4))
        self.assertEqual(order["customer"], "Nordic Boats")
        self.assertFalse(message.contract_id._find_payload_faults(message.payload))
