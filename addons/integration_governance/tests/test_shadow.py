import contextlib
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.integration_core.lib.errors import BusinessError, RetryableError

from .common import ShadowCase

ADDON = "odoo.addons.integration_governance"


@tagged("post_install", "-at_install")
class TestShadow(ShadowCase):
    """A shadow run does nothing, says what it would have done, and is compared."""

    def rename_partner(self):
        partner = self.partner

        def handle(handler, message):
            text = message._get_payload()["text"]
            if text == "refuse":
                raise BusinessError("Not like this")
            target = partner.with_env(handler.env).sudo()
            target.name = text
            handler.env["res.partner"].sudo().create(
                {"name": "Child", "ref": f"C-{text}"}
            )
            return target

        self.handle_with(handle)

    def test_nothing_is_applied_and_the_effect_is_recorded(self):
        self.rename_partner()
        delivery = self.hello("New name")
        self.assertEqual((delivery.state, self.partner.name), ("ignored", "Acme"))
        self.assertFalse(self.env["res.partner"].search([("ref", "=", "C-New name")]))
        run = self.run_of(delivery)
        written = [(e["operation"], e["model"]) for e in run.effects]
        self.assertEqual(written, [("write", "res.partner"), ("create", "res.partner")])
        self.assertEqual(run.effects[0]["values"], {"name": ["Acme", "New name"]})

    def test_existing_flow_that_did_the_same_is_the_same(self):
        self.rename_partner()
        run = self.run_of(self.hello("New name"))
        self.partner.name = "New name"
        self.env["res.partner"].create({"name": "Child", "ref": "C-New name"})
        run._compare()
        self.assertEqual((run.state, run.difference_ids.ids), ("same", []))

    def test_differences_are_listed_value_by_value(self):
        self.rename_partner()
        run = self.run_of(self.hello("New name"))
        self.partner.name = "Other name"
        run._compare()
        self.assertEqual(run.state, "different")
        found = {
            (d.field_name, d.shadow_value, d.actual_value) for d in run.difference_ids
        }
        self.assertIn(("name", "New name", "Other name"), found)
        self.assertIn(("", "Child", "missing"), found)

    def test_what_a_handler_took_back_is_no_effect_and_what_follows_is_one(self):
        partner = self.partner

        def handle(handler, message):
            # The service user may not write partners; what is noted is the subject.
            target = partner.with_env(handler.env).sudo()
            with contextlib.suppress(ValueError), handler.env.cr.savepoint():
                target.name = "Taken back"
                target.copy({"ref": "C-taken-back"})
                raise ValueError("not like this")
            target.comment = "<p>Kept</p>"

        self.handle_with(handle)
        run = self.run_of(self.hello("any"))
        found = [(e["operation"], e["model"], list(e["values"])) for e in run.effects]
        self.assertEqual(found, [("write", "res.partner", ["comment"])])

    def test_run_leaves_the_log_with_its_message(self):
        self.rename_partner()
        delivery = self.hello("New name")
        run, message = self.run_of(delivery), delivery.message_id
        Retention = self.env["integration.retention"]
        self.assertFalse(Retention._find_referenced(message.ids))
        Retention._purge(message)
        self.assertFalse(run.exists() or message.exists())

    def test_failure_in_shadow_parks_nothing(self):
        self.rename_partner()
        delivery = self.hello("refuse")
        self.assertEqual((delivery.state, delivery.exception_id.id), ("ignored", False))
        run = self.run_of(delivery)
        self.assertEqual((run.state, run.failure), ("failed", "Not like this"))

    def test_run_that_breaks_parks_nothing_either(self):
        def miss(handler, message):
            return {}["member"]

        def violate(handler, message):
            handler.env.cr.execute("INSERT INTO res_partner_category DEFAULT VALUES")

        for handle, words in ((miss, "KeyError"), (violate, "null value")):
            self.handle_with(handle)
            with mute_logger(f"{ADDON}.models.integration_delivery", "odoo.sql_db"):
                delivery = self.hello(order_key="A")
            self.assertEqual(delivery.state, "ignored", delivery.last_error)
            self.assertIn(words, self.run_of(delivery).failure)

    def test_what_passes_by_itself_is_tried_again(self):
        def handle(handler, message):
            raise RetryableError("Later")

        self.handle_with(handle)
        self.assertEqual(self.hello().state, "retry")

    def test_followers_of_a_key_go_on(self):
        self.rename_partner()
        first = self.hello("refuse", order_key="A")
        second = self.hello("next", order_key="A")
        self.assertEqual(set((first | second).mapped("state")), {"ignored"})

    def test_cut_over_supplier_by_supplier_and_back(self):
        supplier = self.env["integration.mapping.domain"].search(
            [("code", "=", "supplier")]
        )
        if not supplier:
            supplier = self.domain
            supplier.code = "supplier"
        self.rename_partner()
        self.system.partner_id = self.other
        cutover = self.env["integration.cutover"].create(
            {
                "policy_id": self.policy.id,
                "domain_id": supplier.id,
                "res_id": self.other.id,
            }
        )
        self.assertEqual(self.hello("Live").state, "done")
        cutover.action_back()
        self.assertEqual(self.hello("Shadow").state, "ignored")
        cutover.action_cut_over()
        self.system.partner_id = self.partner
        self.assertEqual(self.hello("Shadow").state, "ignored", "Another supplier")

    def cut_over(self, domain, record):
        return self.env["integration.cutover"].create(
            {"policy_id": self.policy.id, "domain_id": domain.id, "res_id": record.id}
        )

    def judge(self, **payload):
        """Return whether a message about these parties is only tried."""
        delivery = self.hello()
        with patch.object(type(delivery), "_get_own_payload", lambda _self: payload):
            return delivery._is_shadow(delivery._get_flow())

    def test_message_about_two_goes_live_when_both_were_cut_over(self):
        domain = self.find_domain("plant")
        for code, record in (("P1", self.partner), ("P2", self.other)):
            self.env["integration.mapping"].create(
                {
                    "domain_id": domain.id,
                    "system_id": self.system.id,
                    "external_code": code,
                    "res_id": record.id,
                }
            )
        self.cut_over(domain, self.partner)
        self.assertFalse(self.judge(plant="P1"))
        for payload in (
            {"plants": ["P1", "P2"]},
            {"lines": [{"plant": "P1"}, {"plant": "P2"}]},
            {"plants": ["P1", "unmapped"]},
        ):
            with self.subTest(payload=payload):
                self.assertTrue(self.judge(**payload))
        self.cut_over(domain, self.other)
        self.assertFalse(self.judge(plants=["P1", "P2"]))

    def test_only_plant_of_a_system_stands_for_what_names_none(self):
        self.cut_over(self.find_domain("plant"), self.partner)
        Mapping = self.env.registry["integration.mapping"]
        self.assertTrue(self.judge(text="x"))
        plants = {"refs": (self.partner.id,)}
        with patch.object(Mapping, "_get_plant_refs", lambda *_a: plants["refs"]):
            self.assertFalse(self.judge(text="x"))
            self.assertTrue(self.judge(plant="another"))
            plants["refs"] = (self.other.id,)
            self.assertTrue(self.judge(text="x"))

    def find_domain(self, code):
        """Return the domain of a kind of party, here of partners."""
        known = self.env["integration.mapping.domain"].search([("code", "=", code)])
        known.code = f"{code}_of_stock"
        known.flush_recordset()
        self.domain.code = code
        return self.domain

    def test_whole_flow_goes_live_and_back(self):
        self.rename_partner()
        self.policy.action_go_live()
        self.assertEqual(self.hello("Live").state, "done")
        self.policy.action_go_shadow()
        self.assertEqual(self.hello("Shadow").state, "ignored")

    def test_order_is_judged_as_if_it_were_live(self):
        self.rename_partner()
        self.policy.write({"order_rule": "strict", "late_rule": "wait"})
        for number in (1, 2):
            delivery = self.hello(str(number), order_key="K", sequence=number)
            self.assertEqual(delivery.state, "ignored")
            self.assertTrue(self.run_of(delivery))
        self.policy.action_go_live()
        self.assertEqual(self.hello("3", order_key="K", sequence=3).state, "done")

    def test_what_was_only_tried_is_applied_when_it_is_replayed(self):
        """On the day of the cut-over somebody applies what the old flow no longer did."""
        self.rename_partner()
        self.policy.write({"order_rule": "strict", "late_rule": "raise"})
        tried = self.hello("1", order_key="K", sequence=1)
        tried |= self.hello("2", order_key="K", sequence=2)
        self.policy.action_go_live()
        tried.action_replay()
        self.work_off(tried)
        self.assertEqual(set(tried.mapped("state")), {"done"})
        self.assertEqual(self.partner.name, "2")

    def test_what_newer_ones_overtook_is_not_tried(self):
        self.rename_partner()
        self.policy.order_rule = "latest_wins"
        self.hello("newer", order_key="K", sequence=5)
        late = self.hello("older", order_key="K", sequence=4)
        self.assertEqual((late.state, self.run_of(late).ids), ("ignored", []))

    def test_plants_of_a_translated_message_are_those_its_handler_reads(self):
        """The partner's own words for a plant tell nothing."""
        domain = self.find_domain("plant")
        self.cut_over(domain, self.partner)
        for code, record in (("P1", self.partner), ("P2", self.other)):
            self.map("plant", code, record)
        self.env["integration.translation"].create(
            {
                "name": "Works",
                "system_id": self.system.id,
                "source_contract_id": self.policy_contract("works.said").id,
                "target_contract_id": self.policy_contract("connection.tested").id,
                "expression": "{text: to_string(works), plant: works}",
                "sample": '{"works": "P1"}',
            }
        ).action_activate()
        self.policy.contract_code = "works.said"
        self.grant("works.said")
        states = [
            self.receive("works.said", {"works": code}).delivery_ids.state
            for code in ("P1", "P2")
        ]
        self.assertEqual(states, ["done", "ignored"])

    def policy_contract(self, code):
        """Return an inbound contract that takes anything."""
        Contracts = self.env["integration.contract"]
        found = Contracts.search([("code", "=", code), ("direction", "=", "in")])
        schema = {"type": "object"}
        if found:
            found.schema = schema
            return found
        return Contracts.create(
            {
                "name": code,
                "code": code,
                "schema": schema,
                "handler_model": "integration.handler.connection.tested",
            }
        )

    def test_party_is_that_of_the_day_of_the_message(self):
        domain = self.find_domain("plant")
        self.cut_over(domain, self.partner)
        self.map("plant", "P1", self.partner, valid_to="2026-01-31")
        self.map("plant", "P1", self.other, valid_from="2026-02-01")
        for moment, is_shadow in (("2026-01-31 10:00", False), ("2026-02-01 10:00", True)):
            delivery = self.hello(occurred_at=f"{moment}:00")
            with patch.object(
                type(delivery), "_get_own_payload", lambda _self: {"plant": "P1"}
            ):
                found = delivery._is_shadow(delivery._get_flow())
            self.assertEqual(found, is_shadow, moment)

    def test_what_we_send_does_not_run_in_shadow(self):
        """It would be sent all the same."""
        with self.assertRaisesRegex(ValidationError, "sent"):
            self.policy.write({"contract_code": False, "direction": "out"})
