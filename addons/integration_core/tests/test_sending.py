"""Breakers, gone receivers, poison: what protects the others from one."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import requests
from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import config

from ..exchange import refuse_address, send
from ..guarded_session import AddressRefusedError, create_session
from ..lib.breaker import Breaker
from ..lib.outcome import Outcome
from ..models import integration_delivery_queries as delivery_queries
from ..models import integration_message_queries as queries
from ..models.integration_credential import SETTING
from ..models.integration_endpoint_health import RULES
from ..sending import Request, Sender
from .sending_case import SendingCase


class TestSending(SendingCase):
    def test_a_sender_knows_what_changed_of_an_endpoint(self):
        def secrets():
            target = self.endpoint._get_target(self.endpoint.id)
            return target.get_bearer_token(), len(target.get_signing_keys())

        self.assertEqual(secrets(), (None, 0))
        for kind in ("hmac", "hmac", "bearer"):
            issued = self.system.issue_credential(kind, usage="out", overlap_days=1)
        self.assertEqual(secrets(), (issued["secret"], 2))
        bearer = self.env["integration.credential"].browse(issued["credential_id"])
        bearer.valid_until = queries.now() - timedelta(seconds=1)
        self.assertEqual(secrets(), (None, 2))

    def test_nothing_is_sent_without_proof_once_there_was_one(self):
        def is_without_proof():
            return self.endpoint._get_target(self.endpoint.id).is_without_proof()

        self.assertFalse(is_without_proof())  # who never had a secret needs none
        issued = self.system.issue_credential("hmac", usage="out", overlap_days=1)
        credential = self.env["integration.credential"].browse(issued["credential_id"])
        self.assertFalse(is_without_proof())
        another = Fernet.generate_key().decode()
        with patch.dict(config.options, {SETTING: another}):
            self.env.registry.clear_cache()
            self.assertTrue(is_without_proof())
        self.env.registry.clear_cache()
        credential.valid_until = queries.now() - timedelta(seconds=1)
        self.assertTrue(is_without_proof())
        credential.action_revoke()
        self.assertTrue(is_without_proof())
        self.system.issue_credential("bearer", usage="out", overlap_days=1)
        self.assertFalse(is_without_proof())

    def test_what_cannot_be_proven_is_kept_and_says_why(self):
        target = self.endpoint._get_target(self.endpoint.id)
        outcome = send(None, Request(replace(target, has_secrets=True), None))
        self.assertEqual(outcome.state, "parked")
        self.assertEqual(outcome.exception.kind, "integration_core.secret_lapsed")

    def test_nothing_is_sent_to_what_is_closed_or_from_a_copy(self):
        endpoint = self.endpoint
        self.assertTrue(endpoint._get_target(endpoint.id))
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.is_neutralized", "True")
        self.assertIsNone(endpoint._get_target(endpoint.id))
        parameters.set_param("database.is_neutralized", False)
        endpoint.action_disable()
        self.assertIsNone(endpoint._get_target(endpoint.id))

    def test_who_is_suspended_or_archived_is_sent_nothing_until_it_is_back(self):
        (waiting,) = self.outbound()
        for record, off, on in (
            (self.system, {"state": "suspended"}, {"state": "active"}),
            (self.endpoint, {"active": False}, {"active": True}),
        ):
            record.write(off)
            self.env.flush_all()
            self.assertFalse(self.claim(), off)
            self.assertIsNone(self.endpoint._get_target(self.endpoint.id), off)
            record.write(on)
            self.env.flush_all()
        self.assertTrue(self.endpoint._get_target(self.endpoint.id))
        self.assertEqual(self.claim(), waiting)

    def test_failures_open_the_breaker_and_say_so(self):
        before, after = self.Health._record(self.endpoint.id, 0, 10)
        self.assertFalse(before.is_open)
        self.assertTrue(after.is_open)
        self.endpoint._tell_breaker(after)
        self.assertIn("10 of 10 requests failed", self.endpoint.message_ids[0].body)
        self.assertTrue(self.endpoint.breaker_open_until)

    def test_nothing_is_claimed_for_an_open_breaker_and_no_attempt_is_used(self):
        (delivery,) = self.outbound()
        self.Health._record(self.endpoint.id, 0, 10)
        self.assertFalse(self.claim())
        self.assertEqual((delivery.state, delivery.attempt_count), ("pending", 0))
        pause = delivery_queries.seconds_until_due(self.env.cr, delivery.lane_id.id)
        self.assertAlmostEqual(pause, RULES.open_seconds, delta=2)

    def test_one_request_probes_and_the_others_wait(self):
        deliveries = self.outbound(3)
        self.Health._record(self.endpoint.id, 0, 10)
        self.env.cr.execute(
            "UPDATE integration_endpoint_health SET open_until = open_until"
            " - interval '1 minute'"
        )
        claimed = self.claim()
        self.assertEqual(claimed, deliveries)
        kept = self.hold_back(claimed)
        self.assertEqual(len(kept), 1)
        held = deliveries - kept
        self.assertEqual(set(held.mapped("state")), {"pending"})
        self.assertEqual(held.mapped("attempt_count"), [0, 0])
        self.assertGreater(min(held.mapped("next_attempt_at")), queries.now())

    def test_a_limit_of_the_endpoint_uses_up_no_attempt(self):
        self.endpoint.rate_limit_per_minute = 60
        deliveries = self.outbound(3)
        self.assertEqual(len(self.hold_back(self.claim())), 1)
        self.assertEqual(sorted(deliveries.mapped("attempt_count")), [0, 0, 1])

    def test_a_flood_to_one_endpoint_leaves_room_for_the_others(self):
        other = self.endpoint.copy({"name": "Quiet"})
        self.outbound(60)
        (quiet,) = self.outbound(endpoint=other)
        self.assertIn(quiet, self.claim())

    def test_a_flood_from_one_system_leaves_room_for_the_others(self):
        other = self.system.copy({"code": "quiet", "name": "Quiet"})
        other.scope_ids = self.system.scope_ids
        payload = {"text": "x"}
        for _number in range(12):
            self.receive("connection.tested", payload, process_now=False)
        quiet = self.receive(
            "connection.tested", payload, system=other, process_now=False
        ).delivery_ids
        self.env.flush_all()
        claimed = delivery_queries.claim(
            self.env.cr, quiet.lane_id.id, 1, direction="in", limit=4, lease_seconds=60
        )
        self.assertIn(quiet.id, claimed)
        self.assertEqual(len(claimed), 3)

    def test_gone_disables_and_tells_the_owner_once(self):
        waiting = self.outbound(2)
        for _time in range(2):
            self.endpoint._disable_gone()
        self.assertEqual(self.endpoint.state, "disabled")
        self.assertEqual(set(waiting.mapped("state")), {"parked"})
        exception = waiting.exception_id
        self.assertEqual(exception.kind_id.code, "integration_core.endpoint_gone")
        self.assertTrue(exception.user_id)
        self.assertEqual(len(self.system.activity_ids), 1)
        self.assertIn("410 Gone", self.system.activity_ids.note)

    def test_who_is_gone_is_sent_nothing_of_what_was_claimed_ahead(self):
        self.outbound(3)
        claimed = self.claim()
        target = self.endpoint._get_target(self.endpoint.id)
        first, *ahead = [Request(target, row) for row in self.read_rows(claimed)]
        sender = Sender(self.registry, 8, 1)
        self.addCleanup(sender.outgoing.close)
        sender.outgoing._queues[self.endpoint.id].extend(ahead)
        sender.outgoing._came_back.put((first, Outcome("dead", http_status=410)))
        sender.outgoing.outstanding = 3
        own = nullcontext((self.env.cr, self.env))
        with patch.object(sender, "_transaction", lambda: own):
            sender.record()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(set(claimed.mapped("state")), {"parked"})
        self.assertEqual(sorted(claimed.mapped("attempt_count")), [0, 0, 1])
        self.assertEqual(sender.in_flight, 0)

    def test_addresses_that_are_none_are_refused(self):
        for rest in ("[::1/", "a]b/", "host:99999/", "host:x/", "host:0/"):
            with self.subTest(rest=rest), self.assertRaises(ValidationError):
                self.endpoint.url = f"https://{rest}"

    def test_a_redirect_is_no_consent(self):
        answer = requests.Response()
        answer.headers["WebHook-Allowed-Origin"] = "*"
        with patch.object(type(self.endpoint), "_ask_for_consent", lambda _self: answer):
            answer.status_code = 302
            with self.assertRaises(UserError):
                self.endpoint.action_verify()
            answer.status_code = 200
            self.endpoint.action_verify()
        self.assertTrue(self.endpoint.verified_at)

    def interrupted(self):
        message = self.receive("connection.tested", {"text": "x"}, process_now=False)
        delivery = message.delivery_ids
        delivery.write(
            {"state": "running", "attempt_count": 1, "started_at": queries.now()}
        )
        return delivery

    def test_what_was_being_handled_at_two_deaths_is_isolated(self):
        delivery, bystander = self.interrupted(), self.interrupted()
        both = delivery | bystander
        both._rescue({delivery.id})
        self.assertEqual(set(both.mapped("state")), {"pending"})
        both.write({"state": "running", "attempt_count": 1})
        both._rescue({delivery.id})
        self.assertEqual(delivery.state, "parked")
        self.assertEqual(delivery.exception_id.kind_id.code, "integration_core.poison")
        self.assertEqual((bystander.state, bystander.kill_count), ("pending", 0))
        self.assertEqual(delivery.attempt_ids.mapped("outcome"), ["interrupted"] * 2)

    def test_who_releases_poison_gives_it_two_lives_again(self):
        delivery = self.interrupted()
        delivery._rescue({delivery.id})
        delivery.state = "running"
        delivery._rescue({delivery.id})
        delivery.exception_id.action_retry()
        self.assertEqual((delivery.state, delivery.kill_count), ("pending", 0))

    def test_addresses_inside_are_refused_before_anything_is_sent(self):
        session = create_session((), 1)
        for url in ("http://localhost:1/", "http://127.0.0.1:1/"):
            with self.subTest(url=url), self.assertRaises(AddressRefusedError):
                session.post(url, data=b"{}", timeout=5)
        outcome = refuse_address(AddressRefusedError("mes.local", "10.1.2.3"))
        self.assertEqual(outcome.state, "parked")
        self.assertTrue(outcome.says_nothing_of_the_endpoint)

    def test_only_administrators_allow_networks(self):
        Network = self.env["integration.allowed.network"]
        vals = {"name": "Plant", "network": "10.0.0.0/8", "environment": "test"}
        group = "integration_core.integration_core_group_manager"
        manager = new_test_user(self.env, "network-manager", group)
        with self.assertRaises(AccessError):
            Network.with_user(manager).create(vals)
        Network.create(vals)
        self.assertIn("10.0.0.0/8", map(str, Network._get_networks("test")))
        self.assertNotIn("10.0.0.0/8", map(str, Network._get_networks("production")))
        with self.assertRaises(ValidationError):
            Network.create(vals | {"network": "10.0.0.1/8"})

    def test_the_moment_of_the_breaker_is_shown_in_utc(self):
        opened = Breaker(queries.now(), 10, 10, 1, queries.now() + timedelta(minutes=1))
        self.endpoint._tell_breaker(opened)
        self.assertIn("(UTC)", self.endpoint.message_ids[0].body)
