import base64

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import QualityCase

PDF = base64.b64encode(b"%PDF-1.4 of lot A")


class TestCertificates(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("certificate.received")
        cls.map("item", "LAB-RES", cls.product)
        cls.plan.requires_certificate = True
        cls.visc = cls.plan.characteristic_ids.filtered(lambda c: c.code == "VISC")
        cls.visc.on_certificate = True
        cls.inspector = new_test_user(
            cls.env, "ins", "lot_disposition.lot_disposition_group_inspector"
        )

    def setUp(self):
        super().setUp()
        self.inspection = self.receive_goods({"A": 5}).inspection_ids
        self.lot = self.inspection.lot_id

    def record(self, value=1000, **values):
        certificate = (
            self.env["quality.certificate"]
            .with_user(self.inspector)
            .create({"lot_id": self.lot.id, "document": PDF, **values})
        )
        certificate.action_prepare_lines()
        certificate.line_ids.value = value
        certificate.action_check()
        return certificate

    def pass_inspection(self):
        self.enter(self.inspection, 1000)
        self.inspection.action_decide()

    def test_release_waits_for_the_certificate(self):
        self.pass_inspection()
        self.assertEqual(self.inspection.state, "passed")
        self.assertEqual(self.lot.disposition, "pending")
        self.assertIn("certificate", str(self.inspection.message_ids.mapped("body")))
        self.assertEqual(self.record().state, "valid")
        self.assertEqual(self.lot.disposition, "released")

    def test_nobody_releases_by_hand_what_lacks_its_certificate(self):
        self.pass_inspection()
        manager = new_test_user(
            self.env, "qm", "lot_disposition.lot_disposition_group_manager"
        )
        for user in (self.inspector, manager):
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(UserError, "valid certificate"),
            ):
                self.lot.with_user(user).set_disposition("released", "Looks good")
        part = self.lot._split_for_disposition(2, "pending", "A part")
        with self.assertRaisesRegex(UserError, "valid certificate"):
            part.with_user(manager).set_disposition("released", "Looks good")
        self.record()
        part.with_user(manager).set_disposition("released", "Stated of all of it")

    def test_last_of_two_people_does_not_release_what_lacks_its_certificate(self):
        self.product.product_tmpl_id.release_people = "two"
        self.plan.requires_certificate = False
        self.lot._set_disposition("quarantined", "Rust")
        self.lot._set_disposition("released", "Wiped off")
        request = self.lot.disposition_request_ids
        self.plan.requires_certificate = True
        for number, refused in ((1, False), (2, True)):
            manager = new_test_user(
                self.env,
                f"qm{number}",
                "lot_disposition.lot_disposition_group_manager",
            )
            if not refused:
                request.with_user(manager).action_approve()
                continue
            with self.assertRaisesRegex(UserError, "valid certificate"):
                request.with_user(manager).action_approve()
        self.assertEqual(self.lot.disposition, "quarantined")

    def test_certificate_alone_releases_nothing(self):
        self.record()
        self.assertEqual(self.lot.disposition, "pending")
        self.pass_inspection()
        self.assertEqual(self.lot.disposition, "released")

    def test_mismatch_is_explained_and_holds(self):
        self.pass_inspection()
        certificate = self.record(1480)
        self.assertEqual(certificate.state, "mismatch")
        self.assertIn("Viscosity is 1480, required is 800", certificate.mismatches)
        self.assertEqual(self.lot.disposition, "pending")
        self.record()
        self.assertEqual(self.lot.disposition, "released")

    def test_document_is_kept_hashed_and_unchanged(self):
        certificate = self.record()
        certificate.action_verify()
        self.assertEqual(len(certificate.sha256), 64)
        for vals in ({"document": base64.b64encode(b"x")}, {"lot_id": False}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                certificate.write(vals)
        with self.assertRaises(UserError):
            certificate.line_ids.value = 5
        with self.assertRaisesRegex(UserError, "kept until"):
            certificate.unlink()
        with self.assertRaises(AccessError):
            certificate.state = "draft"
        certificate.sudo().retention_until = fields.Date.to_date("2020-01-01")
        certificate.unlink()

    def test_document_is_not_exchanged_behind_its_certificate(self):
        certificate = self.record()
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "quality.certificate"),
                ("res_field", "=", "document"),
                ("res_id", "=", certificate.id),
            ]
        )
        for user in (self.inspector, self.env.ref("base.user_admin")):
            mine = attachment.with_user(user)
            for action in (lambda a=mine: a.write({"datas": PDF}), mine.unlink):
                with self.assertRaisesRegex(UserError, "is kept with it"):
                    action()

    def test_nobody_chooses_what_it_is_compared_with(self):
        lax = self.plan.copy({"name": "Lax", "operation": "demand"})
        lax.characteristic_ids.on_certificate = False
        with self.assertRaises(AccessError):
            self.record(plan_id=lax.id)
        self.pass_inspection()
        certificate = self.env["quality.certificate"].create(
            {"lot_id": self.lot.id, "document": PDF, "plan_id": lax.id}
        )
        certificate.action_check()
        self.assertEqual(certificate.state, "valid")
        self.assertEqual(self.lot.disposition, "pending")

    def test_message_with_document_releases(self):
        self.pass_inspection()
        payload = {
            "number": "COA-1",
            "item": "LAB-RES",
            "lot": "A",
            "values": [
                {"characteristic": "VISC", "value": 1012, "unit": "mPa·s"},
                {"characteristic": "EXTRA", "value": 1},
            ],
            "document": {"name": "coa.pdf", "content": PDF.decode()},
        }
        delivery = self.receive("certificate.received", payload).delivery_ids
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertEqual(self.lot.disposition, "released")
        certificate = self.lot.certificate_ids
        self.assertEqual((certificate.origin, certificate.document), ("message", PDF))
        again = self.receive("certificate.received", payload).delivery_ids
        self.assertEqual(again.state, "ignored")

    def test_message_that_does_not_match_answers_why(self):
        payload = {
            "number": "COA-1",
            "item": "LAB-RES",
            "lot": "A",
            "values": [{"characteristic": "VISC", "value": 1.0, "unit": "Pa·s"}],
        }
        delivery = self.receive("certificate.received", payload).delivery_ids
        self.assertEqual(delivery.state, "done", delivery.last_error)
        self.assertIn("Pa·s", delivery.result["data"]["mismatches"][0])
        payload["document"] = {"name": "x", "content": "no base64!"}
        delivery = self.receive("certificate.received", payload).delivery_ids
        self.assertEqual(delivery.state, "parked")

    def send(self, value=1012, **changes):
        payload = {
            "number": "COA-1",
            "item": "LAB-RES",
            "lot": "A",
            "values": [{"characteristic": "VISC", "value": value}],
            **changes,
        }
        return self.receive("certificate.received", payload).delivery_ids

    def test_supplier_states_of_its_own_lots_only(self):
        self.pass_inspection()
        self.system.kind = "supplier"
        self.system.partner_id = self.env["res.partner"].create({"name": "Stranger"})
        delivery = self.send()
        self.assertEqual(delivery.state, "parked")
        self.assertIn("not delivered by Stranger", delivery.last_error)
        self.assertEqual(self.lot.disposition, "pending")
        self.system.partner_id = self.supplier
        self.work_off(delivery)
        self.assertEqual(self.lot.disposition, "released")

    def test_value_stated_twice_waits_for_a_person(self):
        values = [{"characteristic": "VISC", "value": value} for value in (1000, 1480)]
        delivery = self.send(values=values)
        self.assertEqual(delivery.state, "parked")
        self.assertIn("stated twice", delivery.last_error)

    def test_correction_under_the_same_number_counts(self):
        self.assertEqual(self.send().state, "done")
        self.assertEqual(self.send().state, "ignored")
        delivery = self.send(1480)
        self.assertEqual(delivery.result["data"]["state"], "mismatch")
        self.pass_inspection()
        self.assertEqual(self.lot.disposition, "pending")
        self.send(1100)
        self.assertEqual(self.lot.disposition, "released")
        self.send(1480)
        self.assertEqual(self.lot.disposition, "pending")
        self.assertIn("1480", self.lot.disposition_reason)
        self.send(1000)
        self.assertEqual(self.lot.disposition, "released")

    def test_another_inspection_on_demand_does_not_do_without_it(self):
        self.pass_inspection()
        self.plan.copy(
            {"name": "Lax", "operation": "demand", "requires_certificate": False}
        )
        wizard = self.env["quality.demand.wizard"].with_user(self.inspector)
        action = wizard.create({"lot_id": self.lot.id}).action_request()
        again = self.env["quality.inspection"].browse(action["res_id"])
        self.enter(again, 1000)
        again.with_user(self.inspector).action_decide()
        self.assertEqual((again.state, self.lot.disposition), ("passed", "pending"))
        self.assertEqual(self.record().plan_id, self.plan)
        self.assertEqual(self.lot.disposition, "released")

    def test_specification_it_was_checked_against_stays(self):
        self.record()
        with self.assertRaisesRegex(UserError, "New version"):
            self.visc.minimum = 1100

    def test_mismatch_says_the_value_to_its_last_digit(self):
        self.assertIn("1200.0004", self.record(1200.0004).mismatches)

    def test_no_number_is_no_value(self):
        for value in (float("inf"), float("nan")):
            with (
                self.subTest(value=value),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.record(value)

    def test_it_belongs_to_the_company_of_the_goods(self):
        plant = self.env["res.company"].create({"name": "Plant B"})
        self.plan.company_id = False
        lot = self.env["stock.lot"].create(
            {"name": "B", "product_id": self.product.id, "company_id": plant.id}
        )
        self.env["quality.inspection"].create(
            {"plan_id": self.plan.id, "lot_id": lot.id, "quantity": 5}
        )
        lot._set_disposition("pending", "It is inspected")
        self.inspector.company_ids |= plant
        both = (self.env.company | plant).ids
        mine = self.env["quality.certificate"].with_user(self.inspector)
        certificate = mine.with_context(allowed_company_ids=both).create(
            {"lot_id": lot.id, "document": PDF}
        )
        self.assertEqual(certificate.company_id, plant)
        certificate = self.receive_email("COA for lot B")
        self.assertEqual((certificate.lot_id, certificate.company_id), (lot, plant))

    def test_email_of_a_signature_with_a_picture(self):
        picture = (
            "--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n"
            'Content-Disposition: inline; filename="logo.png"\n'
            f"Content-ID: <logo>\n\n{PDF.decode()}\n"
        )
        certificate = self.receive_email("COA for lot A", picture)
        self.assertEqual(certificate.document_name, "coa.pdf")

    def test_document_that_was_handed_in_is_kept_before_it_is_checked(self):
        certificate = self.receive_email("COA for lot A").with_user(self.inspector)
        with self.assertRaisesRegex(UserError, "as it came in"):
            certificate.document = base64.b64encode(b"another one")
        uploaded = certificate.create({"lot_id": self.lot.id, "document": PDF})
        uploaded.document = base64.b64encode(b"the right one")

    def test_email_with_the_lot_in_the_subject(self):
        certificate = self.receive_email("COA for lot A")
        self.assertEqual((certificate.lot_id, certificate.origin), (self.lot, "email"))
        self.assertEqual((certificate.state, certificate.document), ("draft", PDF))

    def receive_email(self, subject, part=""):
        mail = (
            "From: Lab <lab@example.com>\nTo: certificates@example.com\n"
            f"Message-Id: <{subject}@example.com>\nSubject: {subject}\nMIME-Version: 1.0\n"
            'Content-Type: multipart/mixed; boundary="b"\n\n--b\n'
            f"Content-Type: text/plain\n\nPlease find it attached\n{part}--b\n"
            "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
            f'Content-Disposition: attachment; filename="coa.pdf"\n\n{PDF.decode()}\n--b--\n'
        )
        record_id = self.env["mail.thread"].message_process("quality.certificate", mail)
        return self.env["quality.certificate"].browse(record_id)
