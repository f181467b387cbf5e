"""What waits, what is let be and what goes out: by pace, policy and health."""

from datetime import timedelta
from itertools import pairwise
from unittest.mock import Mock, patch

from odoo.exceptions import ValidationError

from ..lib.outcome import Outcome, judge_response
from ..models import integration_delivery_outcome
from ..models import integration_delivery_queries as delivery_queries
from ..models import integration_message_queries as queries
from ..outgoing import OutgoingQueues
from ..pacing import settle_by_policy
from ..worker import LaneWorker
from .sending_case import SendingCase


class TestPacing(SendingCase):
    def make_policy(self, **values):
        contract = self.env["integration.contract"].search(
            [("code", "=", "connection.tested")], limit=1
        )
        return self.env["integration.policy"].create(
            {
                "system_id": self.system.id,
                "contract_code": contract.code,
                "direction": contract.direction,
                **values,
            }
        )

    def age_breaker(self):
        self.env.cr.execute(
            "UPDATE integration_endpoint_health"
            " SET open_until = open_until - interval '1 hour'"
        )
        self.env.invalidate_all()

    def test_what_another_worker_took_over_is_not_recorded(self):
        deliveries = self.outbound(2)
        self.assertEqual(self.claim(), deliveries)
        deliveries[0].worker = 2
        self.env.flush_all()
        with self.assertLogs(integration_delivery_outcome._logger, "WARNING"):
            self.come_back(deliveries, Outcome("done", http_status=200))
        self.assertEqual(deliveries.mapped("state"), ["running", "done"])
        self.assertFalse(deliveries[0].attempt_ids)

    def test_a_worker_serves_who_comes_in_while_its_last_requests_end(self):
        worker = LaneWorker.__new__(LaneWorker)
        worker.processed, worker.claim_size, handled = 0, 20, []
        sender = worker.sender = Mock(in_flight=1)
        arriving = [[1], [], [2], []]

        def claim(_cr, capacity):
            self.assertEqual(capacity, 0)
            sender.in_flight = len(arriving) > 1
            return arriving.pop(0), []

        sender.record.return_value = 0
        with (
            patch.object(worker, "_claim", claim, create=True),
            patch.object(worker, "_handle", handled.extend, create=True),
            patch.object(worker, "_rescue", create=True),
            patch.object(worker, "_hear", create=True),
        ):
            worker._let_finish(Mock())
        sender.stop.assert_called_once()
        self.assertEqual((handled, worker.processed), ([1, 2], 2))

    def test_what_was_not_begun_comes_back_unsent(self):
        sent = []
        outgoing = OutgoingQueues(sent.append, threads=1, width=1)
        outgoing.stop()
        (delivery,) = self.outbound()
        (row,) = self.read_rows(delivery)
        outgoing.add(row)
        self.assertEqual(outgoing.collect(5), [(row, None)])
        self.assertEqual((sent, outgoing.outstanding), ([], 0))
        outgoing.close()

    def test_another_pace_is_no_attempt_and_pauses_the_endpoint(self):
        first, second = self.outbound(2)
        self.make_policy(max_attempts=1)
        slow_down = judge_response(429, "", 120)
        self.assertEqual(slow_down.pause_seconds, 120)
        self.come_back(self.claim()[:1], slow_down)
        self.assertEqual((first.state, first.attempt_count), ("retry", 0))
        second.state = "pending"
        self.Health._pause(self.endpoint.id, slow_down.pause_seconds)
        self.env.flush_all()
        self.assertFalse(self.claim())
        pause = delivery_queries.seconds_until_due(self.env.cr, second.lane_id.id)
        self.assertAlmostEqual(pause, 120, delta=5)
        self.assertTrue(self.endpoint.breaker_open_until)
        self.assertEqual(self.endpoint.breaker_state, "closed")

    def test_no_answer_pauses_for_longer_than_an_hour(self):
        self.assertEqual(judge_response(503, "", 86400).pause_seconds, 3600)
        self.assertEqual(judge_response(500, "", 60).pause_seconds, 0)

    def test_who_reached_its_limit_is_not_claimed_in_vain(self):
        self.endpoint.rate_limit_per_minute = 60
        self.outbound(5)
        self.assertEqual(len(self.hold_back(self.claim())), 1)
        self.assertEqual(len(self.hold_back(self.claim())), 0)
        self.assertFalse(self.claim())

    def test_one_of_all_senders_probes(self):
        self.outbound(2)
        self.Health._record(self.endpoint.id, 0, 10)
        self.assertEqual(self.endpoint.breaker_state, "open")
        self.age_breaker()
        self.assertEqual(self.endpoint.breaker_state, "half_open")
        target = self.endpoint._get_target(self.endpoint.id)
        probes = [self.Health._take_probe(target) for _sender in range(3)]
        self.assertEqual(probes, [True, False, False])
        self.Health._record(self.endpoint.id, 0, 1)
        self.age_breaker()
        self.assertTrue(self.Health._take_probe(target))

    def test_a_probe_that_was_told_to_come_later_is_over(self):
        self.Health._record(self.endpoint.id, 0, 10)
        self.age_breaker()
        target = self.endpoint._get_target(self.endpoint.id)
        self.assertTrue(self.Health._take_probe(target))
        self.assertFalse(self.Health._take_probe(target))
        self.Health._pause(self.endpoint.id, 1)
        self.assertTrue(self.Health._take_probe(target))

    def test_an_endpoint_has_its_own_breaker(self):
        self.endpoint.write({"breaker_minimum_requests": 2, "breaker_open_seconds": 5})
        _before, after = self.Health._record(self.endpoint.id, 0, 2)
        self.assertTrue(after.is_open)
        self.assertLess(after.open_until, queries.now() + timedelta(seconds=6))
        for share in (0, 1.1):
            with self.assertRaises(ValidationError):
                self.endpoint.breaker_failure_share = share

    def test_what_is_sent_to_a_closed_endpoint_waits_for_it(self):
        (delivery,) = self.outbound()
        self.Health._record(self.endpoint.id, 0, 10)
        self.endpoint.action_disable()
        self.env.flush_all()
        self.assertFalse(self.claim())
        self.assertEqual(delivery.state, "pending")
        self.endpoint.action_enable()
        self.env.flush_all()
        self.assertEqual(self.endpoint.breaker_state, "closed")
        self.assertEqual(self.claim(), delivery)

    def test_who_is_not_verified_gets_nothing_until_it_is(self):
        self.outbound()
        self.endpoint.must_be_verified = True
        self.env.flush_all()
        self.assertFalse(self.claim())
        self.endpoint.verified_at = queries.now()
        self.env.flush_all()
        self.assertEqual(len(self.claim()), 1)

    def test_what_a_receiver_that_is_gone_was_to_get_waits_for_its_keeper(self):
        deliveries = self.outbound(3)
        other = deliveries[2]
        other._park(self.endpoint._prepare_gone_error())
        other.exception_id.kind_id = self.env.ref(
            "integration_core.exception_kind_refused"
        )
        self.env.flush_all()
        self.come_back(self.claim()[:1], judge_response(410, "", None))
        deliveries[1].state = "pending"
        self.endpoint._park_waiting(self.endpoint._prepare_gone_error())
        gone = deliveries[0].exception_id
        self.assertEqual(gone.kind_id.code, "integration_core.endpoint_gone")
        self.assertEqual(deliveries.mapped("state"), ["parked"] * 3)
        self.endpoint.action_enable()
        self.assertEqual(gone.state, "resolved")
        self.assertEqual(deliveries.mapped("state"), ["pending", "pending", "parked"])

    def settle(self, deliveries):
        self.env.flush_all()
        rows, settled = settle_by_policy(self.env, self.read_rows(deliveries), queries.now())
        return [row.work.delivery_id for row in rows], settled

    def test_what_is_too_old_is_not_sent(self):
        self.make_policy(stale_after_seconds=60)
        old, new = self.outbound(2)
        self.env.cr.execute(
            "SET LOCAL session_replication_role = replica;"
            "UPDATE integration_message SET occurred_at = occurred_at - interval '1 day'"
            " WHERE id = %s; SET LOCAL session_replication_role = origin",
            (old.message_id.id,),
        )
        kept, ((work, outcome),) = self.settle(old + new)
        self.assertEqual(kept, new.ids)
        self.assertEqual((work.delivery_id, outcome.state), (old.id, "ignored"))

    def test_where_the_latest_wins_older_states_are_not_sent(self):
        self.make_policy(order_rule="latest_wins")
        deliveries = self.outbound(3)
        deliveries[:2].order_scope = "out:1:A"
        kept, settled = self.settle(deliveries)
        self.assertEqual(kept, deliveries[1:].ids)
        self.assertEqual(settled[0][0].delivery_id, deliveries[0].id)

    def test_a_flow_keeps_its_limit_and_each_that_waits_has_its_turn(self):
        self.make_policy(rate_limit_per_minute=60)
        deliveries = self.outbound(4)
        (sent,) = self.hold_back(self.claim())
        turns = sorted((deliveries - sent).mapped("next_attempt_at"))
        gaps = [(late - soon).total_seconds() for soon, late in pairwise(turns)]
        self.assertTrue(all(0.9 <= gap <= 2 for gap in gaps), gaps)

    def test_chance_decides_where_there_are_more_parties_than_places(self):
        endpoints = [self.endpoint.copy({"name": str(n)}) for n in range(6)]
        for endpoint in endpoints:
            self.outbound(endpoint=endpoint)
        lane = self.env["integration.delivery"].search([], order="id desc", limit=1)
        seen = set()
        for _turn in range(30):
            with self.env.cr.savepoint() as savepoint:
                seen |= set(
                    delivery_queries.claim(
                        self.env.cr,
                        lane.lane_id.id,
                        1,
                        direction="out",
                        limit=2,
                        lease_seconds=60,
                        max_per_endpoint=8,
                    )
                )
                savepoint.rollback()
        self.assertEqual(len(seen), 6)
