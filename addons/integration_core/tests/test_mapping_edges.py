import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestPaddedCode(MappingCase):
    """Systems with columns of a fixed width fill codes up with spaces."""

    def test_padded_code_is_the_code(self):
        self.map("test_partner", "ACME", self.partner)
        for code in ("ACME   ", "  ACME", "\tACME\n"):
            self.assertEqual(self.resolve(code), self.partner)
        codes = ["ACME ", "ACME"]
        found = self.Mapping._resolve_many(self.system, "test_partner", codes)
        self.assertEqual(set(found), set(codes))

    def test_what_waits_for_a_padded_code_can_be_mapped(self):
        self.handle_in_order(code="ACME  ")
        delivery = self.hello("1")
        self.map_from_the_desk(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)


@tagged("post_install", "-at_install")
class TestCompany(MappingCase):
    def test_mapping_of_a_system_is_of_its_company(self):
        """Of another one it would be in the way and never be looked up."""
        other = self.env["res.company"].create({"name": "Plant B"})
        for code, company in (("Y", other), ("Z", other.browse())):
            with self.assertRaisesRegex(ValidationError, "belongs to"):
                self.map("test_partner", code, self.partner, company_id=company.id)
        mapping = self.map("test_partner", "X", self.partner)
        with self.assertRaisesRegex(ValidationError, "belongs to"):
            mapping.company_id = other


@tagged("post_install", "-at_install")
class TestMissedRelease(MappingCase):
    """The search for what waits although its code is mapped ends."""

    def test_what_a_mapping_does_not_help_is_not_tried_for_ever(self):
        """A handler may want more of a code than that it is mapped."""
        self.handle_in_order(fails=True)
        delivery = self.hello("1")
        self.map("test_partner", "ACME", self.partner)
        self.work_off(delivery)
        self.env.cr.execute(
            "UPDATE integration_mapping SET write_date = write_date - interval '1 day'"
        )
        self.env.invalidate_all()
        seen = set()
        for _run in range(4):
            self.Mapping._cron_release_mapped()
            if delivery.state == "pending":
                self.work_off(delivery)
            self.assertEqual(delivery.state, "parked")
            seen.add(delivery.exception_id.id)
        self.assertLessEqual(len(seen), 2, "Nobody's deadline begins anew for ever")


@tagged("post_install", "-at_install")
class TestEndedMapping(MappingCase):
    """A mapping that ended, and goes on in one way or another."""

    def test_code_whose_mapping_ended_is_mapped_anew_from_the_desk(self):
        self.handle_in_order()
        today = fields.Date.today()
        self.map("test_partner", "ACME", self.partner, valid_to=today - timedelta(days=9))
        delivery = self.hello("1")
        self.assertEqual(delivery.state, "parked")
        self.map_from_the_desk(delivery)
        self.assertEqual(delivery.state, "done", delivery.last_error)

    def test_mapping_that_is_prolonged_releases_at_once(self):
        self.handle_in_order()
        today = fields.Date.today()
        mapping = self.map(
            "test_partner", "ACME", self.partner, valid_to=today - timedelta(days=9)
        )
        delivery = self.hello("1")
        mapping.valid_to = today - timedelta(days=11)
        self.assertEqual(delivery.state, "parked")
        mapping.valid_to = today + timedelta(days=9)
        self.assertEqual(delivery.state, "pending")


@tagged("post_install", "-at_install")
class TestFileColumns(MappingCase):
    """What a file does not speak of, and what it says twice."""

    def test_column_that_is_not_there_changes_nothing(self):
        """A list of codes from a spreadsheet is no order to forget the factors."""
        values = {"factor": 50, "rounding": 0.5, "valid_to": "2027-01-31"}
        mapping = self.map("test_partner", "BX", self.partner, **values)
        other = self.env["res.partner"].create({"name": "Other", "ref": "OTHER"})
        self.load("test_partner,test-system,BX,OTHER")
        self.assertEqual(mapping.res_id, other.id)
        self.assertEqual((mapping.factor, mapping.rounding), (50, 0.5))
        self.assertEqual(str(mapping.valid_to), "2027-01-31")

    def test_empty_cell_is_an_answer(self):
        mapping = self.map("test_partner", "BX", self.partner, factor=50)
        self.load(
            "test_partner,test-system,BX,NSW-1,",
            heading="domain,system,external_code,record,factor",
        )
        self.assertEqual(mapping.factor, 1)

    def test_code_twice_in_one_file_is_told(self):
        self.map("test_partner", "BX", self.partner)
        self.env["res.partner"].create({"name": "Other", "ref": "OTHER"})
        with self.assertRaisesRegex(UserError, "Line 3: .*line 2"):
            self.load("test_partner,test-system,BX,NSW-1", "test_partner,test-system,BX,OTHER")

    def load(self, *lines, heading="domain,system,external_code,record"):
        text = "\r\n".join((heading, *lines))
        self.env["integration.mapping.file"].create(
            {"content": base64.b64encode(text.encode())}
        ).action_import()


@tagged("post_install", "-at_install")
class TestCompleteness(MappingCase):
    def test_code_counts_as_long_as_its_mapping_holds(self):
        today = fields.Date.today()
        day = timedelta(days=2)
        for code, dates in {
            "NOW": {"valid_from": today - day, "valid_to": today + day},
            "OVER": {"valid_to": today - day},
            "LATER": {"valid_from": today + day},
        }.items():
            self.map("test_partner", code, self.partner, **dates)
        row = self.env["integration.mapping.completeness"].search(
            [("system_id", "=", self.system.id), ("domain_id", "=", self.domain.id)]
        )
        self.assertEqual(row.mapped_count, 1)
