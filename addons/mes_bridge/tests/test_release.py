from odoo.exceptions import UserError

from .common import MesCase


class TestRelease(MesCase):
    def published(self, production):
        return self.env["integration.message"].search(
            [
                ("contract_code", "=", "production.order.released"),
                ("res_id", "=", production.id),
            ]
        )

    def test_release_publishes_the_order_with_its_components(self):
        order = self.make_order()
        message = self.published(order.production_id)
        payload = message.payload
        self.assertEqual(message.order_key, order.name)
        self.assertEqual((payload["order"], payload["quantity"]), (order.name, 10))
        components = {entry["item"]: entry for entry in payload["components"]}
        self.assertEqual(components["RAW"]["quantity"], 20)
        self.assertEqual(sum(e["quantity"] for e in components["RAW"]["lots"]), 20)
        self.assertFalse(message.contract_id._find_payload_faults(payload))

    def test_release_twice_is_refused(self):
        production = self.make_order().production_id
        with self.assertRaisesRegex(UserError, "MES/"):
            production.action_release_to_mes()
        self.assertEqual(len(self.published(production)), 1)

    def test_draft_cannot_be_released(self):
        production = self.env["mrp.production"].create(
            {
                "product_id": self.finished.id,
                "product_qty": 1,
                "bom_id": self.bom.id,
            }
        )
        with self.assertRaisesRegex(UserError, "Confirm"):
            production.action_release_to_mes()

    def test_revision_is_kept_as_released(self):
        order = self.make_order()
        before = order.revision
        self.bom.bom_line_ids[0].product_qty = 7
        self.assertEqual(order.revision, before)
        self.assertEqual(len(before["sha256"]), 64)

    def test_samples_satisfy_their_contracts(self):
        contracts = self.env["integration.contract"].search(
            [("schema_file", "like", "mes_bridge/")]
        )
        self.assertEqual(len(contracts), 21)
        for contract in contracts:
            with self.subTest(contract=contract.code):
                self.assertFalse(contract._find_payload_faults(contract._get_sample()))

    def test_order_without_material_is_not_released_unless_the_company_says_so(self):
        production = self.env["mrp.production"].create(
            {
                "product_id": self.finished.id,
                "product_qty": 5000,
                "bom_id": self.bom.id,
            }
        )
        production.action_confirm()
        with self.assertRaisesRegex(UserError, "lacks .*RAW"):
            production.action_release_to_mes()
        self.env.company.mes_release_without_material = True
        production.action_release_to_mes()
        self.assertEqual(production.mes_state, "released")

    def test_the_shop_floor_accepts_or_rejects_what_was_released_last(self):
        self.grant("production.order.acknowledged")
        order = self.make_order()
        answer = {"order": order.name, "accepted": True, "release": 1}
        self.report("production.order.acknowledged", answer, "a1")
        self.assertEqual(order.state, "accepted")
        order.production_id.date_start = order.production_id.date_start.replace(
            year=2030
        )
        self.assertEqual(order.release_number, 2)
        late = self.report(
            "production.order.acknowledged", answer | {"accepted": False}, "a2"
        )
        self.assertEqual((late.state, order.state), ("ignored", "released"))
        self.report(
            "production.order.acknowledged",
            {"order": order.name, "accepted": False, "release": 2, "reason": "No tool"},
            "a3",
        )
        self.assertEqual(order.state, "rejected")
        order.action_release_again()
        self.assertEqual((order.state, order.release_number), ("released", 3))

    def test_changes_and_cancellation_follow_the_order(self):
        order = self.make_order()
        production = order.production_id
        self.env["change.production.qty"].create(
            {"mo_id": production.id, "product_qty": 12}
        ).change_prod_qty()
        changed = self.env["integration.message"].search(
            [("contract_code", "=", "production.order.changed")],
            order="id desc",
            limit=1,
        )
        self.assertEqual(changed.order_key, order.name)
        self.assertEqual(changed.payload["quantity"], 12)
        self.assertFalse(changed.contract_id._find_payload_faults(changed.payload))
        production.action_cancel()
        recalled = self.env["integration.message"].search(
            [("contract_code", "=", "production.order.recalled")]
        )
        self.assertEqual(recalled.order_key, order.name)
        self.assertEqual(order.state, "cancelled")
