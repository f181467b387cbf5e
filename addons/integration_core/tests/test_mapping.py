"""What a code means, what is suggested for it, and what the reports count."""

from datetime import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestResolution(MappingCase):
    """Which mapping counts: when, for whom, and in which state."""

    def test_only_what_is_in_force_counts(self):
        mapping = self.map("test_partner", "ACME", self.partner, state="draft")
        with self.assertRaisesRegex(Exception, "not mapped"):
            self.resolve()
        mapping.action_activate()
        self.assertEqual(self.resolve(), self.partner)
        mapping.action_retire()
        with self.assertRaisesRegex(Exception, "not mapped"):
            self.resolve()

    def test_day_of_the_message_counts_not_the_day_of_the_work(self):
        other = self.env["res.partner"].create({"name": "New owner"})
        self.map("test_partner", "ACME", self.partner, valid_to="2026-06-30")
        self.map("test_partner", "ACME", other, valid_from="2026-07-01")
        self.assertEqual(self.resolve(moment=datetime(2026, 6, 30, 12)), self.partner)
        self.assertEqual(self.resolve(moment=datetime(2026, 7, 1, 12)), other)

    def test_day_begins_in_the_time_zone_of_the_system(self):
        self.system.timezone = "Asia/Tokyo"
        self.map("test_partner", "ACME", self.partner, valid_from="2026-07-01")
        # 30 June, 15:00 UTC is midnight in Tokyo.
        self.assertEqual(self.resolve(moment=datetime(2026, 6, 30, 15)), self.partner)
        with self.assertRaisesRegex(Exception, "not mapped"):
            self.resolve(moment=datetime(2026, 6, 30, 14, 59))

    def test_two_meanings_on_one_day_are_refused(self):
        self.map("test_partner", "ACME", self.partner, valid_to="2026-06-30")
        with self.assertRaisesRegex(ValidationError, "mapped already"):
            self.map("test_partner", "ACME", self.partner, valid_from="2026-06-30")

    def test_deleted_record_parks_and_shows(self):
        mapping = self.map("test_partner", "ACME", self.partner)
        self.partner.unlink()
        with self.assertRaisesRegex(Exception, "not mapped"):
            self.resolve()
        self.env.invalidate_all()
        self.assertTrue(mapping.is_broken)

    def test_status_words_become_our_own(self):
        domain = self.env.ref("integration_core.mapping_domain_status")
        value = self.env["integration.canonical.value"].create(
            {"domain_id": domain.id, "code": "scrapped", "name": "Scrapped"}
        )
        self.map("status", "02", value)
        handler = self.env["integration.handler"]
        message = self.receive("connection.tested", {"text": "hi"}, process_now=False)
        self.assertEqual(handler._resolve_value(message, "status", "02"), "scrapped")

    def test_reference_to_another_kind_of_record_is_refused(self):
        self.domain.copy(
            {
                "code": "test_user",
                "model_id": self.env.ref("base.model_res_users").id,
                "key_field": "login",
            }
        )
        vals = {
            "domain_id": self.domain.id,
            "external_code": "X",
            "reference": f"res.users,{self.env.uid}",
        }
        with self.assertRaisesRegex(ValidationError, "does not stand for"):
            self.Mapping.create(vals)
        mapping = self.map("test_partner", "X", self.partner)
        with self.assertRaisesRegex(ValidationError, "does not stand for"):
            mapping.reference = vals["reference"]

    def test_code_of_every_company_stands_for_nothing_of_one(self):
        self.partner.company_id = self.env.company
        with self.assertRaisesRegex(ValidationError, "every company"):
            self.Mapping.create(
                {
                    "domain_id": self.domain.id,
                    "external_code": "X",
                    "res_id": self.partner.id,
                }
            )

    def test_value_of_another_domain_is_refused(self):
        reason = self.env.ref("integration_core.mapping_domain_reason")
        value = self.env["integration.canonical.value"].create(
            {"domain_id": reason.id, "code": "burr", "name": "Burr"}
        )
        with self.assertRaisesRegex(ValidationError, "no value of"):
            self.map("status", "B", value)


@tagged("post_install", "-at_install")
class TestSuggestions(MappingCase):
    """A person who maps a code is offered what it likely means."""

    def suggest(self, code, name=""):
        return self.Mapping._suggest(self.domain, self.system, code, name)

    def test_own_key_in_another_spelling_comes_first(self):
        self.env["res.partner"].create({"name": "Nsw Limited"})
        for code in ("NSW-1", "nsw 1", "nsw_1"):
            with self.subTest(code=code):
                self.assertEqual(self.suggest(code)[0].record_id, self.partner.id)

    def test_similar_name_is_found(self):
        found = self.suggest("V-77", "Northern Steelworks Ltd")
        self.assertEqual(found[0].record_id, self.partner.id)
        self.assertLess(found[0].score, 0.8)

    def test_what_others_mean_is_offered(self):
        other = self.env["integration.system"].create({"name": "Other", "code": "o-1"})
        self.map("test_partner", "ACME", self.partner, system=other)
        self.assertIn("Other", self.suggest("ACME")[0].reason)

    def test_wizard_maps_and_releases(self):
        self.handle_in_order()
        delivery = self.hello("1")
        action = delivery.exception_id.action_map()
        wizard = self.env["integration.mapping.wizard"].browse(action["res_id"])
        self.assertEqual(wizard.external_code, "ACME")
        with self.assertRaises(UserError):
            wizard.action_map()
        wizard.res_id = self.partner.id
        wizard.action_map()
        self.assertEqual(delivery.state, "pending")

    def test_choosing_a_suggestion_maps_it(self):
        self.handle_in_order()
        self.partner.ref = "ACME"
        delivery = self.hello("1")
        action = delivery.exception_id.action_map()
        wizard = self.env["integration.mapping.wizard"].browse(action["res_id"])
        wizard.suggestion_ids[0].action_choose()
        self.assertEqual(self.resolve(), self.partner)


@tagged("post_install", "-at_install")
class TestReports(MappingCase):
    """What is incomplete or kept twice shows."""

    def test_completeness_counts_codes_and_messages(self):
        self.handle_in_order()
        self.hello("1")
        self.hello("2")
        self.map("test_partner", "OTHER", self.partner)
        row = self.env["integration.mapping.completeness"].search(
            [("system_id", "=", self.system.id), ("domain_id", "=", self.domain.id)]
        )
        self.assertEqual(
            (row.mapped_count, row.unmapped_count, row.waiting_message_count), (1, 1, 2)
        )
        self.assertEqual(row.completeness, 0.5)

    def test_completeness_counts_what_is_mapped_for_everybody(self):
        self.handle_in_order()
        self.hello("1")
        elsewhere = self.env["res.company"].create({"name": "Plant B"})
        # The first code twice: for everybody, and for this system in another way.
        self.map("test_partner", "OTHER", self.partner)
        for code, company in (
            ("OTHER", elsewhere.browse()),
            ("COMMON", elsewhere.browse()),
            ("COMPANY", self.system.company_id),
            ("ELSEWHERE", elsewhere),
        ):
            self.map(
                "test_partner",
                code,
                self.partner,
                system_id=False,
                company_id=company.id,
            )
        row = self.env["integration.mapping.completeness"].search(
            [("system_id", "=", self.system.id), ("domain_id", "=", self.domain.id)]
        )
        self.assertEqual((row.mapped_count, row.unmapped_count), (3, 1))
        self.assertEqual(row.completeness, 0.75)

    def test_partners_kept_twice_are_found_and_stay_dismissed(self):
        for name in ("Northern Steel-Works", "NORTHERN STEEL WORKS"):
            self.env["res.partner"].create({"name": name, "is_company": True})
        Duplicate = self.env["integration.duplicate"]
        Duplicate.action_refresh()
        known = [("name", "=", "northernsteelworks")]
        self.assertEqual(Duplicate.search(known).record_count, 2)
        Duplicate.search(known).action_dismiss()
        Duplicate.action_refresh()
        self.assertEqual(Duplicate.search(known).state, "dismissed")
        self.env["res.partner"].create(
            {"name": "Northern Steelworks", "is_company": True}
        )
        Duplicate.action_refresh()
        self.assertEqual(Duplicate.search(known).state, "open")
