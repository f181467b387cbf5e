from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import RecallCase

INSPECTOR = "lot_disposition.lot_disposition_group_inspector"
ANSWER = {
    "state": "answered",
    "asked_at": "2020-01-01",
    "contained_at": "2020-01-01",
    "lot_count": 0,
    "accounted_share": 1.0,
    "grade": "a",
    "outside": "",
    "mode": "simulation",
}


@tagged("post_install", "-at_install")
class TestRecallRecord(RecallCase):
    """A recall is a record: nobody rewrites what was found, done and told."""

    def setUp(self):
        super().setUp()
        self.inspector = new_test_user(self.env, "inspector", INSPECTOR)

    def contained(self):
        recall = self.ask()
        recall.action_contain()
        recall.action_prepare_letters()
        return recall.with_user(self.inspector)

    def test_nobody_writes_an_answer(self):
        recall = self.contained()
        for name, value in ANSWER.items():
            with self.subTest(field=name), self.assertRaises(AccessError):
                recall.write({name: value})
        for values in ({"lot_id": self.output.id}, {"scope": "serials"}, {"name": "X"}):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "stays"):
                recall.write(values)
        with self.assertRaises(AccessError):
            recall.production_ids = False
        for name in ("quantity", "shipped_quantity", "returned_quantity", "partner_id"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                recall.customer_ids.write({name: False})
        with self.assertRaises(AccessError):
            recall.create({"lot_id": self.raw_lot.id, "mode": "real"})

    def test_what_may_be_written_is_written(self):
        recall = self.env["traceability.recall"].with_user(self.inspector)
        recall = recall.create({"lot_id": self.output.id, "mode": "drill"})
        recall.lot_id = self.raw_lot
        recall.action_run()
        recall.reason = "Wrong alloy"
        recall.action_contain()
        recall.action_prepare_letters()
        recall.customer_ids.reported_quantity = 2
        recall.notice_ids.body = "<p>Stop using it.</p>"
        recall.notice_ids.action_send()
        recall.notice_ids.response = "Stopped"
        recall.notice_ids.action_answered()
        recall.action_close()
        self.assertEqual((recall.state, recall.mode), ("closed", "real"))
        self.assertTrue(recall.action_compare())

    def test_letters_stay_as_they_were_sent(self):
        letter = self.contained().notice_ids
        for name in ("state", "sent_at", "answered_at"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                letter.write({name: False})
        with self.assertRaises(UserError):
            letter.partner_id = self.supplier
        letter.action_send()
        with self.assertRaises(UserError):
            letter.body = "<p>Never mind.</p>"

    def test_nobody_returns_or_destroys_more_than_they_had(self):
        other = self.env["res.partner"].create({"name": "Other"})
        self.transfer(self.output, 2, self.stock, self.customers, other, "out")
        recall = self.contained()
        first, second = recall.customer_ids
        for quantity in (-1, first.quantity + 1):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                first.reported_quantity = quantity
        first.reported_quantity = first.quantity
        self.transfer(self.output, first.quantity, self.customers, self.stock,
                      first.partner_id, "in")  # fmt: skip
        recall.invalidate_recordset()
        share = first.quantity / (first.quantity + second.quantity)
        self.assertAlmostEqual(recall.effectiveness, share)

    def test_a_simulation_tells_no_customer(self):
        recall = self.ask()
        recall.action_prepare_letters()
        with self.assertRaisesRegex(UserError, "no real recall"):
            recall.notice_ids.action_send()
        more = self.lot("F2", self.finished)
        self.produce({self.raw_lot: 4}, more, 2)
        self.ship(more, 2)
        recall.action_contain()
        recall.action_prepare_letters()
        self.assertIn("F2", recall.notice_ids.body)

    def test_containing_again_stops_what_was_released_and_nothing_else(self):
        recall = self.ask()
        recall.action_contain()
        moment, messages = recall.contained_at, len(recall.message_ids)
        recall.action_contain()
        self.assertEqual(len(recall.message_ids), messages)
        self.output._set_disposition("released", "It was another one")
        recall.action_contain()
        self.assertEqual(self.output.disposition, "quarantined")
        self.assertEqual(recall.contained_at, moment)
        recall.action_close()
        with self.assertRaisesRegex(UserError, "is closed"):
            recall.action_contain()
        drill = self.env["traceability.recall"]._start_mock_recall(self.env.company)
        drill.action_close()
        with self.assertRaisesRegex(UserError, "is closed"):
            drill.action_contain()
