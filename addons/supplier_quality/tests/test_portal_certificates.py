from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged

from .common import QualityCase

PDF = b"%PDF-1.4 of lot A"
PATH = "/my/certificates"


@tagged("post_install", "-at_install")
class TestPortalCertificates(HttpCase, QualityCase):
    """A supplier hands in what its own lots wait for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.requires_certificate = True
        cls.visc = cls.plan.characteristic_ids.filtered(lambda c: c.code == "VISC")
        cls.visc.on_certificate = True
        for login, partner in (
            ("seller", cls.supplier),
            ("stranger", cls.env["res.partner"].create({"name": "Stranger"})),
        ):
            user = new_test_user(
                cls.env, login, "base.group_portal", email=f"{login}@example.com"
            )
            user.partner_id.parent_id = partner

    def setUp(self):
        super().setUp()
        self.inspection = self.receive_goods({"LOT-OF-RESIN": 5}).inspection_ids
        self.lot = self.inspection.lot_id
        self.authenticate("seller", "seller")

    def hand_in(self, value, content=PDF):
        data = {"number": "COA-7", "csrf_token": http.Request.csrf_token(self)}
        data[f"value_{self.visc.id}"] = value
        page = self.url_open(
            f"{PATH}/{self.inspection.id}",
            data=data,
            files={"document": ("coa.pdf", content)},
        )
        self.lot.invalidate_recordset()
        return page

    def test_valid_one_is_what_the_lot_waited_for(self):
        self.enter(self.inspection, 1000)
        self.inspection.action_decide()
        self.assertEqual(self.lot.disposition, "pending")
        self.assertIn("LOT-OF-RESIN", self.url_open(PATH).text)
        self.assertIn("Received", self.hand_in("1012.5").text)
        certificate = self.lot.certificate_ids
        self.assertEqual((certificate.state, certificate.origin), ("valid", "portal"))
        self.assertEqual(certificate.line_ids.value, 1012.5)
        self.assertEqual(certificate.partner_id, self.supplier)
        self.assertEqual(certificate.number, "COA-7")
        self.assertEqual(self.lot.disposition, "released")
        self.assertNotIn("LOT-OF-RESIN", self.url_open(PATH).text)

    def test_mismatch_is_explained_to_the_supplier(self):
        page = self.hand_in("1480")
        self.assertIn("Viscosity is 1480, required is 800", page.text)
        self.assertEqual(self.lot.certificate_ids.state, "mismatch")
        self.assertIn("LOT-OF-RESIN", page.text)

    def test_without_values_a_person_reads_it(self):
        self.hand_in("")
        self.assertEqual(self.lot.certificate_ids.state, "draft")
        self.assertEqual(self.lot.disposition, "pending")

    def test_what_is_refused_leaves_nothing(self):
        self.assertIn("no number", self.hand_in("lots").text)
        self.assertIn("Choose the document", self.hand_in("1000", b"").text)
        self.assertFalse(self.lot.certificate_ids)

    def test_strangers_see_and_hand_in_nothing(self):
        self.authenticate("stranger", "stranger")
        self.assertNotIn("LOT-OF-RESIN", self.url_open(PATH).text)
        self.hand_in("1000")
        self.assertFalse(self.lot.certificate_ids)

    def test_company_of_the_same_group_is_a_stranger(self):
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.supplier.write({"is_company": True, "parent_id": group.id})
        self.env["res.users"].search([("login", "=", "stranger")]).partner_id.parent_id = group
        self.authenticate("stranger", "stranger")
        self.assertNotIn("LOT-OF-RESIN", self.url_open(PATH).text)
        self.hand_in("1000")
        self.assertFalse(self.lot.certificate_ids)
