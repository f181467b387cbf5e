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

    def test_sample_satisfies_the_contract(self):
        contract = self.env.ref(
            "integration_lot_disposition.contract_lot_disposition_changed_1_0"
        )
        self.assertFalse(contract._find_payload_faults(contract._get_sample()))
