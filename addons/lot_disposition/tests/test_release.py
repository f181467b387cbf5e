"""Releases that take two people or a signature."""

from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import DispositionCase

MANAGER = "lot_disposition.lot_disposition_group_manager"


class TestRelease(DispositionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = (
            new_test_user(cls.env, login, MANAGER, password=f"{login}-secret")
            for login in ("first-manager", "second-manager")
        )

    def setUp(self):
        super().setUp()
        self.hold(self.lot_a)
        self.product.categ_id = self.env["product.category"].create({"name": "Metal"})

    def release(self, user):
        self.lot_a.with_user(user)._set_disposition("released", "Retested")

    def request(self):
        return self.lot_a.disposition_request_ids

    def test_category_asks_for_two_people(self):
        self.product.categ_id.release_people = "two"
        self.release(self.first)
        self.assertEqual(self.lot_a.disposition, "quarantined")
        with self.assertRaisesRegex(UserError, "another person"):
            self.request().with_user(self.first).action_approve()
        self.release(self.first)
        self.assertEqual(self.lot_a.disposition, "quarantined")
        self.request().with_user(self.second).action_approve()
        self.assertEqual(self.lot_a.disposition, "released")
        entry = self.lot_a.disposition_entry_ids[0]
        self.assertEqual(entry.request_id.approval_ids.user_id, self.first | self.second)

    def test_product_goes_before_its_category(self):
        self.product.categ_id.release_people = "two"
        self.product.product_tmpl_id.release_people = "one"
        self.release(self.first)
        self.assertEqual(self.lot_a.disposition, "released")

    def test_rule_is_not_relaxed_by_who_releases_by_it(self):
        self.product.categ_id.release_people = "two"
        self.first.group_ids += self.env.ref("product.group_product_manager")
        self.first.group_ids += self.env.ref("stock.group_stock_manager")
        template = self.product.product_tmpl_id.with_user(self.first)
        lax = self.env["product.category"].create({"name": "Lax"})
        for number, action in enumerate(
            (
                lambda: template.write({"release_people": "one"}),
                lambda: template.write({"categ_id": lax.id}),
                lambda: template.categ_id.write({"release_people": "one"}),
            )
        ):
            with (
                self.subTest(number=number),
                self.assertRaisesRegex(AccessError, "fewer people"),
                self.env.cr.savepoint(),
            ):
                action()
            self.env.invalidate_all()
        template.release_signature = True  # stricter is always welcome

    def test_category_that_rules_is_not_deleted_by_who_releases_by_it(self):
        self.product.categ_id.release_people = "two"
        self.first.group_ids += self.env.ref("product.group_product_manager")
        self.first.group_ids += self.env.ref("stock.group_stock_manager")
        with self.assertRaisesRegex(AccessError, "administrator"):
            self.product.categ_id.with_user(self.first).unlink()

    def test_neither_the_system_nor_somebody_without_rights_is_one_of_them(self):
        self.product.product_tmpl_id.release_people = "two"
        self.release(self.env.ref("base.user_root"))
        self.lot_a.with_user(self.stock_user).sudo()._set_disposition("released", "Rule")
        self.assertFalse(self.request().approval_ids)
        with self.assertRaises(AccessError):
            self.request().with_user(self.stock_user).action_approve()
        with self.assertRaises(AccessError):
            self.request().with_user(self.inspector).action_approve()

    def test_a_hold_needs_one_person_and_overtakes_what_was_asked(self):
        self.product.product_tmpl_id.release_people = "two"
        self.release(self.first)
        self.hold(self.lot_a, "rejected", "Cracks")
        self.assertEqual(self.request().state, "obsolete")
        with self.assertRaisesRegex(UserError, "decided already"):
            self.request().with_user(self.second).action_approve()

    def test_signature_takes_the_password_again(self):
        self.product.product_tmpl_id.release_signature = True
        self.release(self.first)  # without a signature it waits
        self.assertEqual(self.lot_a.disposition, "quarantined")
        request = self.request().with_user(self.first)
        with self.assertRaisesRegex(UserError, "Sign"):
            request._approve()
        action = request.action_approve()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.first)
            .with_context(**action["context"])
            .create({"meaning": "approval"})
        )
        with self.assertRaisesRegex(UserError, "password"):
            wizard.with_context(password="wrong").action_sign()
        wizard.with_context(password="first-manager-secret").action_sign()
        self.assertEqual(self.lot_a.disposition, "released")
        approval = request.approval_ids
        self.assertEqual(
            (approval.name, approval.meaning, approval.is_signed),
            (self.first.name, "approval", True),
        )
        self.assertTrue(approval.approved_at)

    def test_wizard_signs_and_releases_in_one_go(self):
        self.product.product_tmpl_id.release_signature = True
        action = self.lot_a.with_user(self.first).action_release()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.first)
            .with_context(**action["context"], password="first-manager-secret")
            .create({"reason": "Retested"})
        )
        self.assertTrue(wizard.needs_signature)
        wizard.action_apply()
        self.assertEqual(self.lot_a.disposition, "released")

    def test_permit_waits_for_the_second_person(self):
        self.product.product_tmpl_id.release_people = "two"
        self.hold(self.lot_a, "restricted")
        permit = (
            self.env["lot.disposition.permit"]
            .with_user(self.first)
            .create({"lot_id": self.lot_a.id, "reason": "Accepted", "quantity": 5})
        )
        self.assertEqual(permit.state, "waiting")
        self.request().with_user(self.second).action_approve()
        self.assertEqual(permit.state, "active")

    def test_refused(self):
        self.product.product_tmpl_id.release_people = "two"
        self.release(self.first)
        self.request().with_user(self.second).action_refuse()
        self.assertEqual(self.request().state, "refused")
        self.assertEqual(self.lot_a.disposition, "quarantined")

    def test_approvals_are_append_only(self):
        self.product.product_tmpl_id.release_people = "two"
        self.release(self.first)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("UPDATE lot_disposition_approval SET is_signed = true")
