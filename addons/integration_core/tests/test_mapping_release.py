"""What waits for a code goes on once it is mapped, in order and all at once."""

import os
import time
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import split_every

from ..handling import classify, process
from ..intake import prepare_work
from ..lib.batch_size import BATCH_MAX
from ..lib.errors import UnmappedCodeError
from ..lib.uuid7 import uuid7
from ..models import integration_message_queries as queries
from .mapping_case import MappingCase

# 5000 is what a night brings when a new item was forgotten.
PARKED = int(os.environ.get("INTEGRATION_PARKED", "120"))


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
