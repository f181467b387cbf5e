from odoo.exceptions import ValidationError

from .common import StockIntegrationCase


class TestSnapshot(StockIntegrationCase):
    """A snapshot of a warehouse system is taken, translated and left to the night."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("stock.snapshot")

    def payload(self, lines, **values):
        return {
            "snapshot_id": "W-1",
            "as_of": "2026-11-16T23:00:00+01:00",
            "lines": lines,
            **values,
        }

    def line(self, **values):
        return {
            "item": "STEEL",
            "lot": "H-1",
            "location": "RACK-A",
            "quantity": 5,
            "unit": "KGM",
            **values,
        }

    def get_run(self, message):
        self.assertEqual(
            message.delivery_ids.state, "done", message.delivery_ids.last_error
        )
        return self.env["integration.reconciliation"].browse(
            message.delivery_ids.res_id
        )

    def assert_parked(self, message, kind):
        self.assertEqual(message.delivery_ids.state, "parked")
        self.assertEqual(message.delivery_ids.exception_id.kind_id.code, kind)
        self.assertFalse(
            self.env["integration.reconciliation"].search(
                [("system_id", "=", self.system.id)]
            )
        )

    def test_stored_in_our_records_and_units(self):
        run = self.get_run(
            self.receive(
                "stock.snapshot",
                self.payload(
                    [
                        self.line(),
                        {
                            "item": "GLOVES",
                            "location": "DOCK-1",
                            "quantity": 2,
                            "unit": "BX",
                        },
                    ]
                ),
            )
        )
        self.assertRecordValues(
            run,
            [
                {
                    "state": "waiting",
                    "scope": "PLT",
                    "line_count": 2,
                    "snapshot_ref": "W-1",
                }
            ],
        )
        self.assertEqual(str(run.as_of), "2026-11-16 22:00:00", "in UTC")
        self.assertEqual(run.warehouse_ids, self.plant)
        rows = {(r.key_1, r.key_2, r.key_3): r.quantity for r in run.line_ids}
        self.assertEqual(
            rows,
            {
                (self.steel.id, self.heat.id, self.rack.id): 5,
                (self.gloves.id, 0, self.dock.id): 100,
            },
        )

    def test_codes_are_those_of_the_one_plant_it_is_about(self):
        """A system of two plants, of which each has a first rack."""
        second = self.env["stock.warehouse"].create({"name": "Plant U", "code": "PLU"})
        self.system.warehouse_ids |= second
        self.map("plant", "P-2", second)
        self.map("location", "BIN-1", self.rack, warehouse_id=self.plant.id)
        message = self.receive(
            "stock.snapshot",
            self.payload([self.line(location="BIN-1")], plants=["P-2"]),
        )
        self.assert_parked(message, "integration_core.unmapped_code")
        place = second.lot_stock_id
        self.map("location", "BIN-1", place, warehouse_id=second.id)
        self.work_off(message.delivery_ids)
        self.assertEqual(self.get_run(message).line_ids.key_3, place.id)

    def test_sample_of_the_contract_names_members_that_are_read(self):
        contract = self.env.ref("integration_stock.contract_stock_snapshot_1_0")
        sample = contract._get_sample()
        self.assertFalse(contract._find_payload_faults(sample))
        unmapped = {line["item"] for line in sample["lines"]}
        for item in unmapped:
            self.map("item", item, self.steel if item.startswith("RM") else self.gloves)
        for place in {line["location"] for line in sample["lines"]} - {
            "RACK-A",
            "DOCK-1",
        }:
            self.map("location", place, self.dock)
        self.map("plant", "PLANT-1", self.plant)
        self._create_lot(self.steel, "H-24117")
        self._create_lot(self.steel, "H-24118")
        run = self.get_run(self.receive("stock.snapshot", sample))
        self.assertEqual(run.line_count, 4)

    def test_moment_without_a_zone_breaks_the_contract(self):
        contract = self.env.ref("integration_stock.contract_stock_snapshot_1_0")
        faults = contract._find_payload_faults(
            self.payload([], as_of="2026-11-16T23:00:00")
        )
        self.assertEqual(faults[0].pointer, "/data/as_of")

    def test_same_snapshot_is_taken_once(self):
        first = self.receive("stock.snapshot", self.payload([self.line()]))
        again = self.receive("stock.snapshot", self.payload([self.line(quantity=9)]))
        self.assertEqual(again.delivery_ids.state, "ignored")
        self.assertEqual(self.get_run(first).line_count, 1)

    def test_unmapped_code_parks_and_mapping_releases(self):
        message = self.receive("stock.snapshot", self.payload([self.line(item="NEW")]))
        self.assert_parked(message, "integration_core.unmapped_code")
        self.assertEqual(message.delivery_ids.exception_id.external_code, "NEW")
        self.map("item", "NEW", self.steel)
        self.assertEqual(message.delivery_ids.state, "pending")
        self.work_off(message.delivery_ids)
        self.assertEqual(self.get_run(message).line_count, 1)

    def test_unknown_lot_parks(self):
        message = self.receive("stock.snapshot", self.payload([self.line(lot="H-9")]))
        self.assert_parked(message, "integration_core.unmapped_code")
        self.assertEqual(
            message.delivery_ids.exception_id.mapping_domain_id.code, "lot"
        )

    def test_lot_of_an_untracked_item_is_overlooked(self):
        run = self.get_run(
            self.receive(
                "stock.snapshot",
                self.payload([self.line(item="GLOVES", lot="ANY", unit="PCE")]),
            )
        )
        self.assertEqual(run.line_ids.key_2, 0)

    def test_wrong_unit_parks(self):
        message = self.receive("stock.snapshot", self.payload([self.line(unit="PCE")]))
        self.assert_parked(message, "integration_stock.unit_mismatch")

    def test_location_of_another_plant_parks(self):
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        self.map("location", "FAR", other.lot_stock_id)
        message = self.receive(
            "stock.snapshot", self.payload([self.line(location="FAR")])
        )
        self.assert_parked(message, "integration_stock.location_outside_plant")

    def test_no_plant_parks(self):
        self.system.warehouse_ids = False
        message = self.receive("stock.snapshot", self.payload([self.line()]))
        self.assert_parked(message, "integration_stock.no_plant")

    def test_queries_do_not_grow_with_the_lines(self):
        def count(snapshot_id, lines):
            payload = self.payload(lines, snapshot_id=snapshot_id)
            message = self.receive("stock.snapshot", payload, process_now=False)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.work_off(message.delivery_ids)
            self.get_run(message)
            return self.cr.sql_log_count - before

        lots = [self._create_lot(self.steel, f"Q-{n}").name for n in range(300)]
        count("warm", [self.line()])
        few = count("few", [self.line(lot=name) for name in lots[:3]])
        many = count("many", [self.line(lot=name) for name in lots])
        self.assertLessEqual(many, few + 2)

    def test_machine_sees_its_own_runs_only(self):
        run = self.get_run(self.receive("stock.snapshot", self.payload([self.line()])))
        other = self.env["integration.system"].create(
            {"name": "Other", "code": "other-wms", "state": "active"}
        )
        Runs = self.env["integration.reconciliation"]
        self.assertIn(run, Runs.with_user(self.system.user_id).search([]))
        self.assertNotIn(run, Runs.with_user(other.user_id).search([]))

    def test_plants_are_of_the_systems_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        plant = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        with self.assertRaises(ValidationError):
            self.system.warehouse_ids = plant
