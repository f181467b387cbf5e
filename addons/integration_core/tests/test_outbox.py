"""Mappings, exceptions, publishing, decisions: the life of a delivery inside Odoo."""

from unittest.mock import patch

from psycopg2.errors import RestrictViolation

from odoo.exceptions import LockError, UserError
from odoo.tools import mute_logger

from ..handling import classify
from ..lib.errors import (
    BusinessError,
    PermanentError,
    RetryableError,
    UnmappedCodeError,
)
from ..lib.outcome import judge_response
from ..models import integration_delivery_queries as delivery_queries
from ..models import integration_message_queries as queries
from .common import IntegrationCase


class TestLifeOfADelivery(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.partner = cls.env["res.partner"].create({"name": "Acme Steel"})
        model = cls.env["ir.model"]._get("res.partner")
        cls.domain = cls.env["integration.mapping.domain"].create(
            {
                "name": "Customer under test",
                "code": "test_partner",
                "model_id": model.id,
            }
        )
        cls.out_contract = cls.env["integration.contract"].create(
            {
                "name": "Partner seen",
                "code": "partner.seen",
                "direction": "out",
                "schema": {"type": "object", "required": ["name"]},
            }
        )
        cls.grant("partner.seen")
        cls.endpoint = cls.env["integration.endpoint"].create(
            {
                "name": "Sink",
                "system_id": cls.system.id,
                "url": "https://sink.example.com",
            }
        )

    def handle_with(self, handle):
        """Let the connection test's handler do something else."""
        Handler = type(self.env["integration.handler.connection.tested"])
        self.patch(Handler, "_handle", handle)

    def hello(self, **envelope):
        return self.receive(
            "connection.tested", {"text": "hi"}, **envelope
        ).delivery_ids

    def test_handler_runs_as_the_service_user_in_its_company(self):
        seen = {}

        def handle(handler, message):
            seen.update(
                user=handler.env.user, su=handler.env.su, company=handler.env.company
            )

        self.handle_with(handle)
        self.assertEqual(self.hello().state, "done")
        self.assertEqual(seen["user"], self.system.user_id)
        self.assertFalse(seen["su"])
        self.assertEqual(seen["company"], self.system.company_id)

    def test_result_links_the_document(self):
        partner = self.partner
        self.handle_with(lambda handler, message: partner)
        delivery = self.hello()
        self.assertEqual(
            (delivery.res_model, delivery.res_id), ("res.partner", partner.id)
        )
        self.assertEqual(
            delivery.message_id.action_open_document()["res_id"], partner.id
        )

    def test_errors_decide_what_becomes_of_a_delivery(self):
        def fail(error):
            def handle(handler, message):
                raise error

            return handle

        for error, state in (
            (RetryableError("busy", retry_after_seconds=90), "retry"),
            (PermanentError("never"), "dead"),
            (BusinessError("who?", kind="integration_core.refused"), "parked"),
            (UserError("closed"), "parked"),
        ):
            with self.subTest(error=error):
                self.handle_with(fail(error))
                delivery = self.hello()
                self.assertEqual(delivery.state, state)
                self.assertEqual(delivery.attempt_ids.outcome, state)
                self.assertIn(str(error), delivery.last_error)

    def test_bug_in_a_handler_is_retried_and_logged(self):
        def handle(handler, message):
            raise ZeroDivisionError

        self.handle_with(handle)
        with mute_logger("odoo.addons.integration_core.handling"):
            delivery = self.hello()
        self.assertEqual(delivery.state, "retry")
        self.assertGreater(delivery.next_attempt_at, queries.now())

    def test_record_that_somebody_else_holds_is_tried_again(self):
        outcome = classify(LockError("Cannot grab a lock on records"))
        self.assertEqual(outcome.state, "retry")

    def test_attempts_end_in_a_dead_letter(self):
        def handle(handler, message):
            raise RetryableError("still busy")

        self.env["integration.policy"].create(
            {
                "system_id": self.system.id,
                "contract_code": "connection.tested",
                "tier": "1",
                "max_attempts": 2,
            }
        )
        self.handle_with(handle)
        delivery = self.hello()
        self.assertEqual(delivery.state, "retry")
        self.work_off(delivery)
        self.assertEqual(delivery.state, "dead")
        outcomes = delivery.attempt_ids.sorted("id").mapped("outcome")
        self.assertEqual(outcomes, ["retry", "dead"])

    def test_failed_handler_leaves_nothing_behind(self):
        def handle(handler, message):
            handler.env["res.partner"].sudo().create({"name": "Half done"})
            raise PermanentError("no")

        self.handle_with(handle)
        self.hello()
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Half done")]))

    def resolve_partner(self):
        def handle(handler, message):
            return (
                handler.env["res.partner"]
                .browse(handler._resolve(message, "test_partner", "ACME").id)
                .sudo()
            )

        self.handle_with(handle)

    def test_unmapped_code_parks_all_under_one_exception_and_mapping_releases_them(
        self,
    ):
        self.resolve_partner()
        deliveries = self.hello() | self.hello() | self.hello()
        self.assertEqual(set(deliveries.mapped("state")), {"parked"})
        exception = deliveries.exception_id
        self.assertEqual(len(exception), 1)
        self.assertEqual(exception.external_code, "ACME")
        self.assertEqual(exception.delivery_count, 3)
        self.map("test_partner", "ACME", self.partner)
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(set(deliveries.mapped("state")), {"pending"})
        self.work_off(deliveries)
        self.assertEqual(set(deliveries.mapped("state")), {"done"})
        self.assertEqual(set(deliveries.mapped("res_id")), {self.partner.id})

    def test_mapping_of_another_system_releases_nothing(self):
        self.resolve_partner()
        delivery = self.hello()
        other = self.env["integration.system"].create(
            {"name": "Other", "code": "other"}
        )
        self.map("test_partner", "ACME", self.partner, system=other)
        self.assertEqual(delivery.state, "parked")

    def test_own_mapping_goes_before_the_common_one(self):
        other = self.env["res.partner"].create({"name": "Other"})
        Mapping = self.env["integration.mapping"]
        Mapping.create(
            {
                "domain_id": self.domain.id,
                "external_code": "ACME",
                "res_id": other.id,
            }
        )
        self.assertEqual(Mapping._resolve(self.system, "test_partner", "ACME"), other)
        self.map("test_partner", "ACME", self.partner)
        self.assertEqual(
            Mapping._resolve(self.system, "test_partner", "ACME"), self.partner
        )
        self.assertEqual(
            Mapping._to_external(self.system, "test_partner", self.partner), "ACME"
        )
        with self.assertRaises(UnmappedCodeError):
            Mapping._resolve(self.system, "test_partner", "NOBODY")

    def test_follower_in_another_lane_is_woken(self):
        first = self.hello(process_now=False, order_key="A")
        second = self.hello(process_now=False, order_key="A")
        other = self.env["integration.lane"].search([("tier", "=", "3")])
        second.lane_id = other
        self.env.flush_all()
        woken = []
        target = "odoo.addons.integration_core.models.integration_delivery.wake_lanes"
        with patch(target, lambda cr, lanes: woken.append(set(lanes))):
            self.work_off(first)
        self.assertEqual(woken, [{other.id}])

    def subscribe(self):
        return self.env["integration.subscription"].create(
            {
                "contract_code": "partner.seen",
                "endpoint_id": self.endpoint.id,
            }
        )

    def publish(self, payload=None):
        return self.env["integration.message"]._publish(
            "partner.seen", self.partner, payload or {"name": "Acme"}
        )

    def test_event_is_delivered_to_each_subscriber_once(self):
        self.assertFalse(self.publish().delivery_ids)
        self.subscribe()
        message = self.publish()
        self.assertEqual(message.delivery_ids.mapped("endpoint_id"), self.endpoint)
        event = self.read_sent(message.delivery_ids)
        self.assertEqual(event["id"], message.uuid)
        self.assertEqual(event["type"], "partner.seen")
        self.assertEqual(event["subject"], f"res.partner,{self.partner.id}")
        self.assertEqual(event["data"], {"name": "Acme"})
        self.env.flush_all()
        delivery = message.delivery_ids
        claimed = delivery_queries.claim(
            self.env.cr,
            delivery.lane_id.id,
            1,
            direction="out",
            limit=1,
            lease_seconds=60,
        )
        delivery.invalidate_recordset()
        self.assertEqual((claimed, delivery.attempt_count), (delivery.ids, 1))

    def test_subscription_needs_the_scope(self):
        self.system.scope_ids -= self.out_contract
        with self.assertRaisesRegex(UserError, "scopes"):
            self.subscribe()

    def test_payload_against_its_own_contract_does_not_leave(self):
        self.subscribe()
        delivery = self.publish({"label": "x"}).delivery_ids
        self.assertEqual(delivery.state, "parked")
        self.assertIn("/data/name", delivery.last_error)

    def test_failed_sends_wait_as_the_receiver_asks_and_die_after_the_policy(self):
        self.subscribe()
        delivery = self.publish().delivery_ids
        now = queries.now()
        delivery.attempt_count = 1
        delivery._record_outcome(judge_response(503, "down", 600), now=now)
        self.assertEqual(delivery.state, "retry")
        self.assertGreaterEqual((delivery.next_attempt_at - now).total_seconds(), 600)
        delivery.attempt_count = 99
        delivery._record_outcome(judge_response(503, "down", None), now=now)
        self.assertEqual(delivery.state, "dead")
        uuid = delivery.message_id.uuid
        delivery.action_replay()
        self.assertEqual((delivery.state, delivery.attempt_count), ("pending", 0))
        self.assertEqual(delivery.message_id.uuid, uuid)
        decision = delivery.attempt_ids.sorted("id")[-1]
        self.assertEqual(
            (decision.outcome, decision.user_id), ("replayed", self.env.user)
        )

    def test_history_is_not_edited(self):
        delivery = self.hello()
        for record, vals in (
            (delivery.message_id, {"payload": {}}),
            (delivery.attempt_ids, {"outcome": "dead"}),
        ):
            with self.subTest(record=record):
                with self.assertRaises(UserError):
                    record.write(vals)
                with self.assertRaises(UserError):
                    record.unlink()
        for statement in (
            "UPDATE integration_message SET payload = '{}'",
            "DELETE FROM integration_attempt",
            "DELETE FROM integration_message",
            "TRUNCATE integration_message CASCADE",
        ):
            with (
                self.subTest(statement=statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_unknown_failures_keep_their_class(self):
        with mute_logger("odoo.addons.integration_core.handling"):
            outcome = classify(ValueError("odd"))
        self.assertEqual((outcome.state, outcome.error_class), ("retry", "ValueError"))
