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
        self.assertEqual(len(contracts), 7)
        for contract in contracts:
            with self.subTest(contract=contract.code):
                self.assertFalse(contract._find_payload_faults(contract._get_sample()))
