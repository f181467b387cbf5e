from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import StockIntegrationCase


class TestDecisions(StockIntegrationCase):
    """People decide through buttons; what was found is not edited."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        core = "integration_core.integration_core_group_"
        cls.operator = new_test_user(cls.env, "op", groups=f"{core}operator")
        cls.approver = new_test_user(cls.env, "ap", groups=f"{core}approver")
        cls.auditor = new_test_user(cls.env, "au", groups=f"{core}auditor")
        cls.grant("stock.snapshot")

    def setUp(self):
        super().setUp()
        self.add_stock(self.gloves, self.dock, 5)
        message = self.receive(
            "stock.snapshot",
            {
                "snapshot_id": "A",
                "as_of": "2100-01-01T00:00:00Z",
                "lines": [],
            },
        )
        run = self.env["integration.reconciliation"].browse(message.delivery_ids.res_id)
        run.with_user(self.operator).action_reconcile()
        self.found = self.env["integration.discrepancy"].search(
            [("run_id", "=", run.id)]
        )

    def test_approver_approves_and_operator_marks_corrected(self):
        self.found.with_user(self.approver).action_approve()
        self.assertEqual(self.found.approved_by_id, self.approver)
        self.found.with_user(self.operator).action_mark_corrected()
        self.assertEqual(self.found.state, "corrected")
        self.assertTrue(self.found.resolved_at)

    def test_operator_cannot_approve_and_nobody_skips_approval(self):
        with self.assertRaises(AccessError):
            self.found.with_user(self.operator).action_approve()
        with self.assertRaises(UserError):
            self.found.with_user(self.operator).action_mark_corrected()

    def test_dismissing_wants_a_reason(self):
        found = self.found.with_user(self.operator)
        with self.assertRaises(UserError):
            found.action_dismiss()
        found.resolution = "Counted twice"
        found.action_dismiss()
        self.assertEqual(found.state, "dismissed")

    def test_findings_are_not_edited(self):
        for values in ({"state": "dismissed"}, {"theirs": 5}, {"key_1": 1}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.found.with_user(self.operator).write(values)
        self.found.with_user(self.operator).user_id = self.operator
        with self.assertRaises(AccessError):
            self.found.with_user(self.auditor).user_id = self.auditor

    def test_approval_holds_for_the_difference_approved(self):
        self.found.with_user(self.approver).action_approve()
        for name, quantity, state in (("B", 0, "approved"), ("C", 1, "open")):
            message = self.receive(
                "stock.snapshot",
                {
                    "snapshot_id": name,
                    "as_of": f"2100-01-0{ord(name) - 64}T00:00:00Z",
                    "lines": [
                        {
                            "item": "GLOVES",
                            "location": "DOCK-1",
                            "quantity": quantity,
                            "unit": "PCE",
                        }
                    ],
                },
            )
            self.env["integration.reconciliation"].browse(
                message.delivery_ids.res_id
            ).action_reconcile()
            self.assertEqual(self.found.state, state)

    def test_auditor_reads_and_does_not_reconcile(self):
        self.assertTrue(self.found.with_user(self.auditor).name)
        with self.assertRaises(AccessError):
            self.found.run_id.with_user(self.auditor).action_reconcile()
