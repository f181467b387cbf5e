import jsonschema

from .common import QualityCase

CONTRACTS = (
    "contract_inspection_requested_1_0",
    "contract_inspection_resulted_1_0",
    "contract_nonconformance_opened_1_0",
)


class TestContracts(QualityCase):
    """What we promise other systems is what we send, and the samples are true."""

    def test_samples_satisfy_their_contracts(self):
        for name in CONTRACTS:
            with self.subTest(name):
                contract = self.env.ref(f"supplier_quality.{name}")
                self.assertTrue(contract._get_sample())
                self.assertFalse(contract._find_payload_faults(contract._get_sample()))
                self.assertEqual(
                    contract.schema["$id"],
                    f"urn:contract:{contract.code}:{contract.version}",
                )

    def test_receipt_publishes_the_request_with_its_limits(self):
        inspection = self.inspection(**{"R-1": 48})
        message = self.published("inspection.requested", inspection)
        payload = message.payload
        self.assertFalse(message.contract_id._find_payload_faults(payload))
        self.assertEqual(
            (payload["inspection"], payload["lot"], payload["item"]),
            (inspection.name, "R-1", "TEST-RESIN"),
        )
        self.assertEqual((payload["quantity"], payload["unit"]), (48, "kg"))
        self.assertEqual(payload["supplier"], "SUP-7")
        self.assertEqual(payload["receipt"], inspection.picking_id.name)
        self.assertEqual(
            payload["characteristics"],
            [
                {
                    "code": "MOISTURE",
                    "name": "Moisture",
                    "kind": "measured",
                    "unit": "%",
                    "maximum": 0.2,
                },
                {
                    "code": "VISCOSITY",
                    "name": "Viscosity",
                    "kind": "measured",
                    "unit": "mPa·s",
                    "minimum": 900,
                    "maximum": 1200,
                },
                {"code": "LOOK", "name": "Appearance", "kind": "attribute"},
            ],
        )

    def test_grown_quantity_is_published_in_order(self):
        inspection = self.inspection(**{"R-1": 30})
        self.receive_lots(**{"R-1": 70})
        messages = self.published("inspection.requested", inspection).sorted("id")
        self.assertEqual([m.payload["quantity"] for m in messages], [30, 100])
        self.assertEqual(len(set(messages.mapped("order_key"))), 1)

    def test_failed_inspection_publishes_the_nonconformance(self):
        inspection = self.enter(self.inspection(), viscosity=1480)
        inspection.action_conclude()
        found = inspection.nonconformance_ids
        message = self.published("nonconformance.opened", found)
        self.assertFalse(message.contract_id._find_payload_faults(message.payload))
        self.assertEqual(message.payload["inspection"], inspection.name)
        self.assertEqual(message.payload["defect_code"], "VISCOSITY")
        self.assertIn("1480 mPa·s", message.payload["description"])

    def test_nothing_is_published_when_the_receipt_does_not_stand(self):
        before = self.env["integration.message"].search_count(
            [("contract_code", "=", "inspection.requested")]
        )
        picking = self.make_receipt(5)
        self.fill(picking, **{"R-1": 5})
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.validate(picking)
            raise ZeroDivisionError
        after = self.env["integration.message"].search_count(
            [("contract_code", "=", "inspection.requested")]
        )
        self.assertEqual(before, after)

    def test_report_must_name_goods_and_give_one_outcome(self):
        schema = self.env.ref(
            "supplier_quality.contract_inspection_resulted_1_0"
        ).schema
        good = {"characteristic": "A", "value": 1}
        for payload in (
            {"results": [good]},
            {"lot": "L", "results": [good]},
            {"inspection": "Q", "results": []},
            {"inspection": "Q", "results": [{"characteristic": "A"}]},
            {"inspection": "Q", "results": [dict(good, conform=True)]},
            {"inspection": "Q", "results": [dict(good, sample=0)]},
            {"inspection": "Q", "results": [dict(good, value="1")]},
        ):
            with (
                self.subTest(payload=payload),
                self.assertRaises(jsonschema.ValidationError),
            ):
                jsonschema.validate(payload, schema)
