"""Mappings out to a file and back in."""

import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestFile(MappingCase):
    """Mappings travel as a file, all of it or nothing."""

    def read_file(self, *lines, heading="domain,system,external_code,record,valid_to"):
        text = "\r\n".join((heading, *lines))
        return self.env["integration.mapping.file"].create(
            {"content": base64.b64encode(text.encode())}
        )

    def test_check_changes_nothing_and_import_does(self):
        wizard = self.read_file("test_partner,test-system,ACME,NSW-1,2027-01-31")
        wizard.action_check()
        self.assertIn("1 new", wizard.summary)
        self.assertFalse(self.Mapping._find(self.system, "test_partner", "ACME"))
        wizard.action_import()
        mapping = self.Mapping._find(self.system, "test_partner", "ACME")
        self.assertEqual(mapping.res_id, self.partner.id)
        self.assertEqual(str(mapping.valid_to), "2027-01-31")

    def test_number_is_read_back_digit_by_digit_and_company_stays(self):
        self.Mapping.create(
            {
                "domain_id": self.domain.id,
                "company_id": self.env.company.id,
                "external_code": "EXACT",
                "res_id": self.partner.id,
                "factor": 0.45359237,
                "rounding": 1e-7,
            }
        )
        Files = self.env["integration.mapping.file"]
        Files.action_export([("external_code", "=", "EXACT")])
        wizard = Files.search([], order="id desc", limit=1)
        text = base64.b64decode(wizard.content).decode("utf-8-sig")
        self.assertIn("0.45359237", text)
        wizard.action_check()
        self.assertIn("0 new, 0 changed, 1 as they are", wizard.summary)

    def test_company_of_a_line_is_that_of_its_system(self):
        other = self.env["res.company"].create({"name": "Other company"})
        text = (
            "domain,system,company,external_code,record\r\n"
            f"test_partner,test-system,{other.name},ACME,NSW-1"
        )
        wizard = self.env["integration.mapping.file"].create(
            {"content": base64.b64encode(text.encode())}
        )
        with self.assertRaisesRegex(UserError, "belongs to"):
            wizard.action_import()

    def test_factor_that_is_no_number_is_refused(self):
        text = "domain,external_code,record,factor\r\ntest_partner,X,NSW-1,nan"
        wizard = self.env["integration.mapping.file"].create(
            {"content": base64.b64encode(text.encode())}
        )
        with self.assertRaises(UserError):
            wizard.action_check()

    def test_checking_takes_few_queries_however_many_lines(self):
        def count(lines):
            wizard = self.read_file(
                *(f"test_partner,test-system,C{n},NSW-1," for n in range(lines))
            )
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            wizard._plan()
            return self.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(count(60), count(3) + 2)

    def test_one_wrong_line_stops_all_and_is_named(self):
        wizard = self.read_file(
            "test_partner,test-system,ACME,NSW-1,",
            "test_partner,test-system,OTHER,NOBODY,",
            "nothing,test-system,OTHER,NSW-1,",
        )
        with self.assertRaisesRegex(UserError, "(?s)Line 3: .*NOBODY.*Line 4: "):
            wizard.action_import()
        self.assertFalse(self.Mapping._find(self.system, "test_partner", "ACME"))

    def test_each_line_that_cannot_be_written_is_named(self):
        """Looked at or imported: the twin, the past end, the factor, the date."""
        self.map("test_partner", "KNOWN", self.partner)
        heading = "domain,system,external_code,record,valid_from,valid_to,factor"
        lines = (
            "test_partner,test-system,TWIN,NSW-1,,,",
            "test_partner,test-system,TWIN,NSW-1,2026-05-01,,",
            "test_partner,test-system,FINE,NSW-1,,,2.5",
            "test_partner,test-system,KNOWN,NSW-1,,,-1",
            "test_partner,test-system,ENDED,NSW-1,2026-05-01,2026-04-01,",
        )
        wizard = self.read_file(*lines, heading=heading)
        expected = "(?s)Line 3: 'TWIN' is mapped.*Line 5: A factor.*Line 6: .* ends after"
        for method in (wizard.action_check, wizard.action_import):
            with self.subTest(method.__name__), self.assertRaisesRegex(UserError, expected):
                method()
        self.assertFalse(self.Mapping.search([("external_code", "in", ("TWIN", "FINE"))]))
        for cells in (",,one half", "31.01.2026,,", ",1/2/2026,"):
            wizard = self.read_file(
                f"test_partner,test-system,FINE,NSW-1,{cells}", heading=heading
            )
            with self.assertRaisesRegex(UserError, "Line 2: .*write it like"):
                wizard.action_check()

    def test_what_was_exported_changes_nothing_when_read_back(self):
        self.map("test_partner", "=cmd", self.partner)
        self.map("test_partner", "-1", self.partner, valid_to="2027-01-31")
        Files = self.env["integration.mapping.file"]
        Files.action_export([("domain_id", "=", self.domain.id)])
        wizard = Files.search([], order="id desc", limit=1)
        text = base64.b64decode(wizard.content).decode("utf-8-sig")
        self.assertIn("'=cmd", text, "A spreadsheet must not calculate a code")
        wizard.action_check()
        self.assertIn("0 new, 0 changed, 2 as they are", wizard.summary)
