"""What a system, a credential and a flow may send, and what a flood costs."""

import json
import time
from dataclasses import replace
from unittest.mock import patch

from requests.structures import CaseInsensitiveDict

from odoo.tests import TransactionCase

from ..gateway import authenticate, throttle, throttle_flow
from ..intake import admit_batch, admit_event
from ..lib import signatures
from ..lib.flow import DEFAULTS
from ..lib.problems import Problem
from ..right_of_way import RightOfWay
from ..shared_throttle import SLOTS, SharedThrottle, pair
from .common import IntegrationCase

TYPE = "connection.tested"


class TestSharedThrottle(TransactionCase):
    """Numbers of owners beyond any record: what other tests take is not theirs."""

    def setUp(self):
        super().setUp()
        self.throttle = SharedThrottle.of(self.env.cr.dbname)
        self.owner = (time.time_ns() % 2**40) << 13

    def take(self, cost=1, owner=0, **limit):
        limit = {"per_minute": 33, "burst": 2000} | limit
        return self.throttle.take("flow", self.owner + owner, cost=cost, **limit)

    def test_a_slow_limit_with_a_large_burst_is_a_limit(self):
        self.assertEqual([self.take(500) for _turn in range(4)], [0, 0, 0, 0])
        for _turn in range(3):
            self.assertGreater(self.take(500), 0)

    def test_owners_of_one_place_have_allowances_of_their_own(self):
        one, other = 0, SLOTS
        self.assertEqual(self.take(2000, owner=one), 0)
        self.assertEqual(self.take(2000, owner=other), 0)
        self.assertGreater(self.take(owner=one), 0)
        self.assertGreater(self.take(owner=other), 0)

    def test_pairs_are_told_apart(self):
        found = {pair(first, second) for first in range(9) for second in range(9)}
        self.assertEqual(len(found), 81)


class TestAdmission(IntegrationCase):
    def setUp(self):
        super().setUp()
        # Allowances outlive a transaction: each test has a system of its own.
        self.system = self.system.copy({"code": f"limits-{next(self.counter)}"})
        self.system.state = "active"
        self.grant(TYPE, system=self.system)
        secret = self.system.issue_credential("hmac")["secret"]
        self.key = signatures.decode_secret(secret)

    def call(self, body, key=None):
        moment = int(time.time())
        headers = signatures.signed_headers([key or self.key], "m", moment, body)
        headers = CaseInsensitiveDict(headers)
        return authenticate(self.env, headers, body, self.system.code)

    def prepare(self, *numbers):
        return [
            {
                "specversion": "1.0",
                "id": f"a-{number}",
                "source": "/tests",
                "type": TYPE,
                "data": {"text": "x"},
            }
            for number in numbers
        ]

    def test_a_batch_of_a_whole_burst_and_a_longer_one_pass(self):
        self.system.write({"rate_limit_per_minute": 60, "rate_burst": 10})
        body = json.dumps(self.prepare(*range(30))).encode()
        answers = admit_batch(self.env, self.call(body), body, status_url=str)
        self.assertEqual({answer.status for answer in answers}, {202})
        with self.assertRaises(Problem):
            self.call(body)

    def test_one_is_kept_as_it_is_kept_in_a_batch(self):
        """There are two statements for it, and they must not drift apart."""
        attributes = {
            "subject": "MO/7",
            "sequence": "3",
            "epoch": "1",
            "time": "2026-03-02T06:15:00.250Z",
            "correlationid": "c",
            "causationid": "d",
        }
        plain, full, again, *others = self.prepare(*range(6))
        for event in (full, others[1]):
            event.update(attributes, data={"text": "50 % \u00e4 ' \\ \""})
        others[2] = {**again, "id": "a-5"}
        caller = self.call(b"{}")
        for event in (plain, full, again):
            admit_event(self.env, caller, json.dumps(event).encode(), status_url=str)
        admit_batch(self.env, caller, json.dumps(others).encode(), status_url=str)
        self.env.cr.execute(
            """
            SELECT m.event_id,
                   to_jsonb(m) - '{id,uuid,event_id,idempotency_key,sha256,received_at}'
                       ::text[] AS message,
                   to_jsonb(d) - '{id,message_id,received_at,next_attempt_at}'::text[]
                       AS delivery,
                   d.received_at = m.received_at AND d.next_attempt_at = m.received_at
              FROM integration_message m JOIN integration_delivery d
                ON d.message_id = m.id
             WHERE m.system_id = %s ORDER BY m.event_id
            """,
            (self.system.id,),
        )
        rows = self.env.cr.fetchall()
        self.assertEqual([row[0] for row in rows], [f"a-{n}" for n in range(6)])
        for alone, together in zip(rows[:3], rows[3:], strict=True):
            self.assertEqual(alone[1:], together[1:])
            self.assertTrue(alone[3])
        self.assertEqual(rows[1][1]["sequence"], 3)

    def test_a_batch_may_use_up_what_its_credential_may(self):
        self.system.credential_ids.rate_limit_per_minute = 5
        body = json.dumps(self.prepare(*range(8))).encode()
        answers = admit_batch(self.env, self.call(body), body, status_url=str)
        self.assertEqual({answer.status for answer in answers}, {202})

    def test_what_its_credential_may_not_costs_the_system_nothing(self):
        self.system.write({"rate_limit_per_minute": 60, "rate_burst": 5})
        caller = self.call(b"{}")
        limits = dict.fromkeys([caller.credential_id], 1)
        limited = replace(caller, card=replace(caller.card, credential_limits=limits))
        throttle(self.env, limited)
        for _turn in range(9):
            with self.assertRaises(Problem):
                throttle(self.env, limited)
        throttle(self.env, caller)

    def test_each_system_of_a_policy_has_its_own_allowance(self):
        other = self.system.copy({"code": "other"})
        policy = self.env["integration.policy"].create({"contract_code": TYPE})
        flow = replace(DEFAULTS["2"], policy_id=policy.id, rate_limit_per_minute=1)
        throttle_flow(self.env, flow, self.system.id)
        throttle_flow(self.env, flow, other.id)
        with self.assertRaises(Problem):
            throttle_flow(self.env, flow, other.id)

    def test_only_a_message_of_tier_1_takes_the_right_of_way(self):
        policy = self.env["integration.policy"].create(
            {"system_id": self.system.id, "direction": "in"}
        )
        for number, (tier, takes) in enumerate((("1", 1), ("2", 0), ("3", 0))):
            policy.tier = tier
            (event,) = self.prepare(number)
            body = json.dumps(event).encode()
            with patch.object(RightOfWay, "take") as take:
                admit_event(self.env, self.call(body), body, status_url=str)
            self.assertEqual(take.call_count, takes, tier)

    def test_who_is_let_in_says_no_secret(self):
        said = repr(self.call(b"{}"))
        self.assertNotIn(repr(self.key), said)
        self.assertNotIn("signing_keys", said)

    def test_a_flood_of_wrong_signatures_costs_less_than_good_requests(self):
        bodies = [json.dumps(event).encode() for event in self.prepare(*range(40))]

        def good(body):
            admit_event(self.env, self.call(body), body, status_url=str)

        def wrong(body):
            # No assertRaises: it makes a savepoint, and statements are counted here.
            try:
                self.call(body, b"x" * 32)
            except Problem as problem:
                self.assertEqual(problem.status, 401)
            else:
                self.fail("A wrong signature got in.")

        good(bodies.pop())
        wrong(bodies[0])
        costs = []
        for turn in (wrong, good):
            queries, started = self.cr.sql_log_count, time.process_time()
            for body in bodies:
                turn(body)
            spent = time.process_time() - started
            costs.append((self.cr.sql_log_count - queries, spent))
        (wrong_queries, wrong_spent), (good_queries, good_spent) = costs
        self.assertLess(wrong_queries, 4)  # they are counted every few seconds
        self.assertGreaterEqual(good_queries, len(bodies))
        self.assertLess(wrong_spent, good_spent)
