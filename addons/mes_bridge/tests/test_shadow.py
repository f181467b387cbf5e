from odoo.tests import tagged

from .common import CODES, MesCase


@tagged("post_install", "-at_install")
class TestShadow(MesCase):
    """What a shadow flow of execution reports would do, beside what was posted."""

    def setUp(self):
        super().setUp()
        if "integration.shadow.run" not in self.env:
            self.skipTest("Flows run in shadow with integration_governance")
        self.env["integration.system"].search([]).sudo().environment = "test"
        self.policies = self.env["integration.policy"].create(
            [{"system_id": self.system.id, "contract_code": code} for code in CODES]
        )

    def compare(self, shadow, live):
        """Try one report in shadow, post another one, and return the compared run."""
        self.policies.execution = "shadow"
        tried = self.report(*shadow)
        self.assertEqual(tried.state, "ignored", tried.last_error)
        self.policies.execution = "live"
        self.assertEqual(self.report(*live).state, "done")
        run = self.env["integration.shadow.run"].search(
            [("delivery_id", "=", tried.id)]
        )
        run._compare()
        return run

    def test_day_that_was_posted_otherwise_is_the_same(self):
        for code, payload, event_id in self.day(self.make_order(), "F-1"):
            run = self.compare(
                (code, payload, f"{event_id}-tried"), (code, payload, event_id)
            )
            told = run.difference_ids.mapped(lambda d: (d.record_name, d.field_name))
            self.assertEqual((run.state, told), ("same", []), event_id)

    def test_quantity_that_was_posted_otherwise_is_told(self):
        order = self.make_order()
        shadow, live = (
            (
                CODES[2],
                {"order": order.name, "lot": "F-1", "quantity": quantity, "unit": "EA"},
                f"{order.name}-{quantity}",
            )
            for quantity in (6, 5)
        )
        found = self.compare(shadow, live).difference_ids
        told = {(d.res_model, d.shadow_value, d.actual_value) for d in found}
        self.assertIn(("stock.move.line", "6.0", "5.0"), told)
        self.assertNotIn("missing", found.mapped("actual_value"))
