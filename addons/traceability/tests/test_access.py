from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import TraceCase

MODELS = (
    "traceability.edge",
    "traceability.lot.event",
    "traceability.recall",
    "traceability.recall.line",
)


@tagged("post_install", "-at_install")
class TestAccess(TraceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls.receive("B-1", 20)
        cls.recall_record = cls.env["traceability.recall"].create(
            {"lot_id": cls.lot.id}
        )
        cls.recall_record.action_run()

    def test_a_stock_user_records_by_moving_and_cannot_by_hand(self):
        user = self.stock_user
        env = self.env(user=user)
        for model in ("traceability.edge", "traceability.lot.event"):
            with self.subTest(model=model):
                self.assertTrue(env[model].search([], limit=1))
                with self.assertRaises(AccessError):
                    env[model].create({})
        with self.assertRaises(AccessError):
            self.edges(self.lot).with_user(user).write({"quantity": 1})

    def test_moves_of_a_plain_stock_user_are_recorded(self):
        move = self.env["stock.move"].create(
            {
                "product_id": self.board.id,
                "product_uom_qty": 2,
                "product_uom": self.board.uom_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        move.picked = True
        plain = new_test_user(self.env, "trace-plain", "stock.group_stock_user")
        move.with_user(plain)._action_done()
        self.assertEqual(self.edges(self.lot, kind="shipment").quantity, 2)
        self.assertEqual(self.events(self.lot, kind="shipment").user_id, plain)

    def test_somebody_without_a_role_reads_nothing(self):
        nobody = new_test_user(self.env, "trace-nobody", "base.group_user")
        for model in MODELS:
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(nobody).search([])

    def test_an_auditor_reads_everything_and_changes_nothing(self):
        auditor = new_test_user(
            self.env,
            "trace-auditor",
            "integration_core.integration_core_group_auditor",
        )
        for model in MODELS:
            with self.subTest(model=model):
                record = self.env[model].with_user(auditor).search([], limit=1)
                self.assertTrue(record.read())
                with self.assertRaises(AccessError):
                    record.check_access("write")
        document = self.Event.with_user(auditor).export_epcis(lot_ids=self.lot.ids)
        self.assertTrue(document["epcisBody"]["eventList"])

    def test_another_company_sees_none_of_it(self):
        other = self.env["res.company"].create({"name": "Other plant"})
        stranger = new_test_user(
            self.env,
            "trace-stranger",
            "stock.group_stock_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in MODELS:
            with self.subTest(model=model):
                ours = [("company_id", "=", self.env.company.id)]
                self.assertFalse(self.env[model].with_user(stranger).search(ours))

    def test_a_recall_cannot_be_run_by_who_may_not_see_it(self):
        other = self.env["res.company"].create({"name": "Other plant"})
        stranger = new_test_user(
            self.env,
            "trace-stranger",
            "stock.group_stock_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            self.recall_record.with_user(stranger).action_run()

    def test_an_answer_cannot_be_forged(self):
        with self.assertRaises(AccessError):
            self.recall_record.line_ids[:1].with_user(self.stock_user).write(
                {"quantity": 0}
            )
