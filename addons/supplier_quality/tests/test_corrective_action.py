from datetime import timedelta

from freezegun import freeze_time

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..lib.eight_d import STEPS
from .common import QualityCase

SAMPLE = {"text": "Because of the valve", "percent": "95", "date": "2026-03-24"}


class CorrectiveActionCase(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.defect = cls.env["quality.defect.code"].create(
            {"code": "T-VISC", "name": "Too thick"}
        )
        cls.buyer = new_test_user(
            cls.env, "buyer", "purchase.group_purchase_user", email="b@example.com"
        )
        cls.seller = cls.make_portal_user("seller", cls.supplier)
        cls.found = cls.open_nonconformance()
        action = cls.found.action_request_8d()
        cls.action = cls.env["quality.corrective.action"].browse(action["res_id"])
        cls.action.user_id = cls.buyer
        cls.action.action_send()
        cls.steps = {step.code: step for step in cls.action.step_ids}

    @classmethod
    def make_portal_user(cls, login, supplier):
        user = new_test_user(
            cls.env, login, "base.group_portal", email=f"{login}@example.com"
        )
        user.partner_id.parent_id = supplier
        return user

    @classmethod
    def open_nonconformance(cls, **values):
        return cls.env["quality.nonconformance"].create(
            {
                "product_id": cls.product.id,
                "partner_id": cls.supplier.id,
                "description": "Too thick",
                "defect_code_ids": [(6, 0, cls.defect.ids)],
                **values,
            }
        )

    def get_answers(self, code):
        step = next(step for step in STEPS if step.code == code)
        return {question.code: SAMPLE[question.kind] for question in step.questions}

    def answer(self, code, user=None):
        step = self.steps[code].with_user(user or self.seller)
        step._answer(self.get_answers(code), submit=True)

    def accept_all(self):
        for code, step in self.steps.items():
            self.answer(code)
            step.with_user(self.buyer).action_accept()


class TestCorrectiveAction(CorrectiveActionCase):
    def test_dates_follow_from_the_request(self):
        due = fields.Date.context_today(self.action) + timedelta(days=14)
        self.assertEqual(self.steps["D4"].date_due, due)
        self.assertEqual(self.action.current_step_id, self.steps["D0"])
        self.assertIn("8D", self.action.name)

    def test_colleague_who_only_reads_does_not_answer(self):
        with self.assertRaises(AccessError):
            self.answer("D0", user=self.receiver)
        self.answer("D0", user=self.buyer)
        self.assertEqual(self.steps["D0"].submitted_by_id, self.buyer)

    def test_no_step_closes_before_the_one_before_it(self):
        with self.assertRaisesRegex(UserError, "D0.*comes first"):
            self.answer("D1")
        self.answer("D0")
        self.answer("D1")
        with self.assertRaisesRegex(UserError, "D0.*comes first"):
            self.steps["D1"].with_user(self.buyer).action_accept()
        self.steps["D0"].with_user(self.buyer).action_accept()
        self.steps["D1"].with_user(self.buyer).action_accept()
        self.assertEqual(self.action.progress, 22)

    def test_incomplete_answers_are_a_draft_at_most(self):
        step = self.steps["D0"].with_user(self.seller)
        with self.assertRaisesRegex(UserError, "Symptom"):
            step._answer({"emergency_action": "Stopped"}, submit=True)
        step._answer({"emergency_action": "Stopped"}, submit=False)
        self.assertEqual(
            (step.state, step.answer_text), ("open", "Emergency action: Stopped")
        )

    def test_percentages_and_dates_are_checked(self):
        for code in ("D0", "D1", "D2"):
            self.answer(code)
        answers = self.get_answers("D3")
        for change in ({"effective": "most"}, {"since": "last week"}, {"since": "2026-03-24?"}):
            with (
                self.subTest(change=change),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self.steps["D3"]._answer({**answers, **change}, submit=True)

    def test_sent_back_with_the_reason_and_answered_again(self):
        self.answer("D0")
        wizard = self.env["quality.corrective.return"].with_user(self.buyer)
        wizard.create(
            {"step_id": self.steps["D0"].id, "feedback": "Which batch?"}
        ).action_apply()
        self.assertEqual(self.steps["D0"].state, "returned")
        self.assertEqual(self.steps["D0"].feedback, "Which batch?")
        self.assertIn("Which batch?", self.action.message_ids[0].body)
        self.answer("D0")
        self.assertEqual(self.steps["D0"].state, "submitted")

    def test_what_rests_on_an_answer_is_sent_back_with_it(self):
        self.answer("D0")
        self.steps["D0"].with_user(self.buyer).action_accept()
        for code in ("D1", "D2", "D3"):
            self.answer(code)
        with freeze_time(fields.Datetime.now() + timedelta(days=20)):
            self.steps["D2"].with_user(self.buyer)._send_back("Which batch?")
            self.action._cron_follow_up()
        states = [self.steps[code].state for code in ("D0", "D1", "D2", "D3")]
        self.assertEqual(states, ["accepted", "submitted", "returned", "returned"])
        self.assertIn("D2", self.steps["D3"].feedback)
        # Whoever has just been asked again is not late yet.
        self.assertLess(self.steps["D2"].reminder_level, "2")

    def test_answers_are_not_shown_to_another_supplier(self):
        other = self.env["res.partner"].create({"name": "Somebody else"})
        with self.assertRaisesRegex(UserError, "was sent to"):
            self.action.with_user(self.buyer).partner_id = other
        self.action.with_user(self.buyer).partner_id = self.seller.partner_id

    def test_goods_sorted_in_vain_are_not_the_defect_coming_back(self):
        inspection = self.receive_goods({"A": 5}).inspection_ids
        self.plan.characteristic_ids.defect_code_ids = self.defect
        self.enter(inspection, 1480)
        inspection.action_decide()
        line = self.env["quality.nonconformance.decision"].create(
            {
                "nonconformance_id": inspection.nonconformance_ids.id,
                "decision": "sort",
                "quantity": 5,
            }
        )
        line.action_execute()
        self.accept_all()
        self.enter(line.inspection_id, 1480)
        line.inspection_id.action_decide()
        self.assertTrue(line.inspection_id.nonconformance_ids)
        self.assertEqual(self.action.effectiveness, "watching")

    def test_accepted_to_the_end_is_closed_and_watched(self):
        self.accept_all()
        self.assertEqual(self.action.state, "closed")
        self.assertEqual(self.action.effectiveness, "watching")
        payload = self.published("corrective_action.closed", self.action).payload
        self.assertEqual(payload["steps"][8]["state"], "accepted")

    def test_same_defect_within_the_watch_opens_it_again_from_d4(self):
        self.accept_all()
        again = self.open_nonconformance()
        self.assertEqual(self.action.state, "sent")
        self.assertEqual(self.action.effectiveness, "recurred")
        self.assertEqual(again.corrective_action_id, self.action)
        self.assertEqual(self.steps["D3"].state, "accepted")
        self.assertEqual(self.steps["D4"].state, "returned")

    def test_defect_that_is_named_later_opens_it_again_as_well(self):
        self.accept_all()
        again = self.open_nonconformance(defect_code_ids=False)
        self.assertEqual(self.action.state, "closed")
        again.defect_code_ids = self.defect
        self.assertEqual(self.action.state, "sent")
        self.assertEqual(again.corrective_action_id, self.action)

    def test_report_asked_of_a_contact_is_its_companys(self):
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.supplier.id}
        )
        action = self.action.create({"title": "x", "partner_id": contact.id})
        action.action_send()
        self.assertTrue(action.with_user(self.seller).has_access("read"))

    def test_another_defect_supplier_or_time_does_not(self):
        self.accept_all()
        other = self.defect.copy({"code": "T-OTHER"})
        self.open_nonconformance(defect_code_ids=[(6, 0, other.ids)])
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.open_nonconformance(partner_id=stranger.id)
        self.assertEqual(self.action.effectiveness, "watching")
        with freeze_time(fields.Datetime.now() + timedelta(days=91)):
            self.receive_goods({"GOOD": 5})
            self.action._cron_follow_up()
            self.assertEqual(self.action.effectiveness, "effective")
            self.open_nonconformance()
        self.assertEqual(self.action.state, "closed")

    def test_nothing_is_proven_while_nothing_is_delivered(self):
        self.receive_goods({"BEFORE": 5})
        with freeze_time(fields.Datetime.now() + timedelta(minutes=1)):
            self.accept_all()
        with freeze_time(fields.Datetime.now() + timedelta(days=91)):
            self.action._cron_follow_up()
            self.assertEqual(self.action.effectiveness, "watching")
            self.assertGreater(self.action.watch_until, fields.Date.today())
            self.assertIn("Nothing was delivered", self.action.message_ids[0].body)

    def test_reminded_told_and_escalated_once_each(self):
        boss = new_test_user(self.env, "boss", "purchase.group_purchase_manager")
        self.action.escalation_user_id = boss
        levels = []
        for days in (0, 0, 2, 2, 9, 9):
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                self.action._cron_follow_up()
                levels.append(self.steps["D0"].reminder_level)
        self.assertEqual(levels, ["1", "1", "2", "2", "3", "3"])
        activities = self.action.activity_ids.filtered(
            lambda a: a.user_id == boss and "D0" in a.summary
        )
        self.assertEqual(len(activities), 1)

    def test_supplier_does_not_decide_and_nobody_writes_states(self):
        self.answer("D0")
        with self.assertRaises(AccessError):
            self.steps["D0"].with_user(self.seller).action_accept()
        for user, vals in (
            (self.buyer, {"state": "accepted"}),
            (self.seller, {"state": "accepted"}),
            (self.seller, {"date_due": "2030-01-01"}),
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.steps["D0"].with_user(user).write(vals)
        with self.assertRaises(AccessError):
            self.action.with_user(self.buyer).state = "closed"
        with self.assertRaises(AccessError):
            self.steps["D0"].answer_ids.with_user(self.seller).value = "x"

    def test_suppliers_system_answers_its_own_only(self):
        self.grant("corrective_action.answered")
        payload = {
            "action": self.action.name,
            "step": "D0",
            "answers": self.get_answers("D0"),
        }
        delivery = self.receive("corrective_action.answered", payload).delivery_ids
        self.assertEqual(delivery.state, "parked")
        self.assertIn("of yours", delivery.last_error)
        self.system.partner_id = self.supplier
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.steps["D0"].state, "submitted")
        late = self.receive("corrective_action.answered", {**payload, "step": "D5"})
        self.assertIn("comes first", late.delivery_ids.last_error)


@tagged("post_install", "-at_install")
class TestPortal(HttpCase, CorrectiveActionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stranger = cls.env["res.partner"].create({"name": "Stranger"})
        cls.make_portal_user("stranger", stranger)

    def setUp(self):
        super().setUp()
        self.path = f"/my/corrective-actions/{self.action.id}"
        self.authenticate("seller", "seller")

    def post(self, code, answers, *, submit="1", files=None):
        data = {**answers, "submit": submit, "csrf_token": self.csrf_token()}
        return self.url_open(
            f"{self.path}/{code}", data=data, files=files, allow_redirects=True
        )

    def csrf_token(self):
        return http.Request.csrf_token(self)

    def test_supplier_answers_with_a_file_and_the_buyer_sees_it(self):
        self.assertIn(self.action.name, self.url_open("/my/corrective-actions").text)
        page = self.post(
            "D0", self.get_answers("D0"), files={"files": ("scan.txt", b"proof")}
        )
        self.assertIn("Saved", page.text)
        step = self.steps["D0"]
        self.assertEqual((step.state, step.submitted_by_id), ("submitted", self.seller))
        self.assertEqual(step.attachment_ids.raw, b"proof")
        self.assertIn("scan.txt", page.text)
        content = self.url_open(f"{self.path}/files/{step.attachment_ids.id}")
        self.assertEqual(content.content, b"proof")

    def test_what_is_missing_is_said_and_nothing_is_kept(self):
        page = self.post("D0", {"emergency_action": "Stopped"})
        self.assertIn("Symptom", page.text)
        self.assertFalse(self.steps["D0"].answer_text)
        page = self.post("D3", self.get_answers("D3"))
        self.assertIn("comes first", page.text)

    def test_stranger_sees_and_changes_nothing(self):
        self.answer("D0")
        attachment = self.env["ir.attachment"].create(
            {
                "name": "x",
                "raw": b"secret",
                "res_model": "quality.corrective.step",
                "res_id": self.steps["D0"].id,
            }
        )
        self.authenticate("stranger", "stranger")
        self.assertNotIn(self.action.name, self.url_open("/my/corrective-actions").text)
        self.assertNotIn(self.action.title, self.url_open(self.path).text)
        self.assertNotEqual(
            self.url_open(f"/web/content/{attachment.id}").content, b"secret"
        )
        self.assertNotEqual(
            self.url_open(f"{self.path}/files/{attachment.id}").content, b"secret"
        )
        self.post("D1", self.get_answers("D1"))
        self.assertEqual(self.steps["D1"].state, "open")

    def test_what_another_supplier_delivered_stays_hidden(self):
        other = self.env["res.partner"].create({"name": "Somebody else"})
        linked = {"corrective_action_id": self.action.id}
        self.open_nonconformance(description="Rust on the drums", **linked)
        self.open_nonconformance(
            description="Not your goods", partner_id=other.id, **linked
        )
        page = self.url_open(self.path).text
        self.assertIn("Rust on the drums", page)
        self.assertNotIn("Not your goods", page)

    def test_accepted_and_foreign_steps_take_nothing(self):
        self.answer("D0")
        self.steps["D0"].with_user(self.buyer).action_accept()
        answers = {"symptom": "Nothing was wrong"}
        page = self.post("D0", answers, files={"files": ("new.txt", b"x")})
        self.assertIn("not waiting", page.text)
        step = self.steps["D0"]
        self.assertEqual((step.state, len(step.attachment_ids)), ("accepted", 0))
        self.assertNotIn("Nothing was wrong", step.answer_text)
        for code in ("D9", "page"):
            self.assertIn("no such step", self.post(code, answers).text)
        files = [("files", (f"{number}.txt", b"x")) for number in range(11)]
        page = self.post("D1", self.get_answers("D1"), files=files)
        self.assertIn("10 files at most", page.text)
        self.assertEqual(self.steps["D1"].state, "open")

    def test_every_report_is_on_a_page(self):
        for number in range(25):
            self.action.create(
                {"title": f"Report {number}", "partner_id": self.supplier.id}
            ).action_send()
        self.assertNotIn(self.action.name, self.url_open("/my/corrective-actions").text)
        page = self.url_open("/my/corrective-actions/page/2")
        self.assertIn(self.action.name, page.text)

    def test_draft_is_not_shown(self):
        draft = self.env["quality.corrective.action"].create(
            {"title": "Not sent yet", "partner_id": self.supplier.id}
        )
        self.assertNotIn("Not sent yet", self.url_open("/my/corrective-actions").text)
        page = self.url_open(f"/my/corrective-actions/{draft.id}")
        self.assertNotIn("Not sent yet", page.text)
