import base64
import os
import time
from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import split_every

from ..handling import classify, process
from ..intake import prepare_work
from ..lib.batch_size import BATCH_MAX
from ..lib.errors import UnmappedCodeError
from ..lib.uuid7 import uuid7
from ..models import integration_message_queries as queries
from .common import IntegrationCase

# 5000 is what a night brings when a new item was forgotten.
PARKED = int(os.environ.get("INTEGRATION_PARKED", "120"))


class MappingCase(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.domain = cls.env["integration.mapping.domain"].create(
            {
                "name": "Partner of the test",
                "code": "test_partner",
                "model_id": cls.env.ref("base.model_res_partner").id,
                "key_field": "ref",
            }
        )
        cls.partner = cls.env["res.partner"].create(
            {"name": "Northern Steel Works", "ref": "NSW-1"}
        )
        cls.Mapping = cls.env["integration.mapping"]

    def resolve(self, code="ACME", moment=None):
        Mapping = self.Mapping.with_context(integration_moment=moment)
        return Mapping._resolve(self.system, "test_partner", code)

    def handle_in_order(self, code="ACME", *, fails=False):
        """Let the handler look a code up, and note the order in which it succeeds."""
        handled = []

        def handle(handler, message):
            handler._resolve(message, "test_partner", code)
            if fails:
                raise UnmappedCodeError("Not so", domain="test_partner", external_code=code)
            handled.append(message.payload["text"])

        Handler = self.env.registry["integration.handler.connection.tested"]
        self.startPatcher(patch.object(Handler, "_handle", handle))
        return handled

    def map_from_the_desk(self, delivery):
        """Map the code that a delivery waits for, and let it go on."""
        action = delivery.exception_id.action_map()
        wizard = self.env["integration.mapping.wizard"].browse(action["res_id"])
        wizard.res_id = self.partner.id
        wizard.action_map()
        self.work_off(delivery)

    def hello(self, text, **envelope):
        message = self.receive("connection.tested", {"text": text}, **envelope)
        return message.delivery_ids


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
class TestRelease(MappingCase):
    """What waits for a code goes on, all of it and in order."""

    def test_many_parked_messages_raise_one_exception_and_drain_in_order(self):
        handled = self.handle_in_order()
        texts = [f"{number:05}" for number in range(PARKED)]
        deliveries = self.admit_many("connection.tested", texts)
        self.work_off_together(deliveries)
        self.assertEqual(set(deliveries.mapped("state")), {"parked"})
        exception = deliveries.exception_id
        self.assertEqual((len(exception), exception.delivery_count), (1, PARKED))
        self.assertFalse(handled)
        self.map("test_partner", "ACME", self.partner)
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(set(deliveries.mapped("state")), {"pending"})
        # As a worker claims: what is due first, then in the order of arrival.
        self.work_off_together(deliveries.sorted(lambda d: (d.next_attempt_at, d.id)))
        self.assertEqual(handled, texts)
        self.assertEqual(set(deliveries.mapped("state")), {"done"})

    def admit_many(self, code, texts):
        """Admit a message for each text with one statement. Returns the deliveries."""
        one = self.receive(code, {"text": "model"}, process_now=False)
        flow = one.delivery_ids._get_flow()
        [model] = one.read(queries.MESSAGE_COLUMNS, load="")
        rows = []
        for number, text in enumerate(texts):
            uuid = uuid7(time.time(), (10**9 + number).to_bytes(10, "big"))
            key = {"uuid": uuid, "event_id": text, "idempotency_key": text}
            place = SimpleNamespace(order_key=None, epoch=None, sequence=None)
            work = prepare_work(flow, self.system.id, place)
            rows.append(({**model, **key, "payload": {"text": text}}, work))
        queries.admit(self.env.cr, rows)
        messages = self.env["integration.message"].search(
            [("event_id", "in", texts)], order="id"
        )
        self.assertEqual(len(messages), len(texts))
        return messages.delivery_ids.sorted("id")

    def work_off_together(self, deliveries):
        """Handle a batch as a worker does, and record all outcomes at once."""
        for ids in split_every(BATCH_MAX, deliveries.ids):
            self.env.invalidate_all()
            now, outcomes = queries.now(), []
            batch = deliveries.browse(ids)
            batch.write({"state": "running", "started_at": now})
            for delivery in batch:
                work = delivery._get_work()
                try:
                    outcomes.append((work, process(delivery, work)))
                except UnmappedCodeError as error:
                    outcomes.append((work, classify(error)))
            batch._record_outcomes(outcomes, now=now)
        self.env.invalidate_all()

    def test_release_takes_few_queries_however_many_wait(self):
        self.handle_in_order()
        for number in range(40):
            self.hello(str(number))
        with self.assertQueryCount(60):
            self.map("test_partner", "ACME", self.partner)
            self.env.flush_all()

    def test_draft_releases_nothing_and_approval_does(self):
        self.handle_in_order()
        delivery = self.hello("1")
        mapping = self.map("test_partner", "ACME", self.partner, state="draft")
        self.assertEqual(delivery.state, "parked")
        mapping.action_activate()
        self.assertEqual(delivery.state, "pending")

    def test_mapping_that_begins_later_releases_on_its_day(self):
        self.handle_in_order()
        today = fields.Date.today()
        delivery = self.hello("1")
        mapping = self.map(
            "test_partner", "ACME", self.partner, valid_from=today + timedelta(days=3)
        )
        self.work_off(delivery)
        self.assertEqual(delivery.state, "parked", "Not valid on the message's day")
        self.Mapping._cron_release_mapped()
        self.assertEqual(delivery.state, "parked")
        mapping.valid_from = today - timedelta(days=3)
        self.assertEqual(delivery.state, "pending")

    def test_missed_release_is_made_up_for(self):
        self.handle_in_order()
        delivery = self.hello("1")
        with patch.object(type(self.Mapping), "_release_waiting"):
            self.map("test_partner", "ACME", self.partner)
        self.assertEqual(delivery.state, "parked")
        self.Mapping._cron_release_mapped()
        self.assertEqual(delivery.state, "pending")

    def test_what_is_parked_while_its_exception_is_closed_goes_on(self):
        """As two transactions at the same time leave it."""
        handled = self.handle_in_order()
        delivery = self.hello("1")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE integration_exception SET state = 'resolved' WHERE id = %s",
            [delivery.exception_id.id],
        )
        self.env.invalidate_all()
        self.map("test_partner", "ACME", self.partner)
        self.assertEqual(delivery.state, "parked")
        self.Mapping._cron_release_mapped()
        self.work_off(delivery)
        self.assertEqual((delivery.state, handled), ("done", ["1"]))


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
