"""What is said of the message that is handled, and what is read ahead of a batch."""

from .. import handling
from ..lib.handling import CONTEXT_KEY, Handling
from .common import IntegrationCase


class TestHandling(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.Handler = cls.env.registry["integration.handler.connection.tested"]
        # As the worker's environment, one for all of a batch.
        cls.batch_env = cls.env(context={CONTEXT_KEY: Handling()})

    def hello(self, text="hi"):
        message = self.receive("connection.tested", {"text": text}, process_now=False)
        return message.delivery_ids.with_env(self.batch_env)

    def handle(self, deliveries):
        for delivery in deliveries:
            handling.process(delivery, delivery._get_work())

    def read_ahead(self, deliveries):
        """Returns ``(user, ids of messages)`` of each time a handler was asked."""
        asked = []

        def read_ahead(handler, messages):
            asked.append((handler.env.user, messages.ids))

        self.patch(self.Handler, "_read_ahead", read_ahead)
        handling._read_ahead(deliveries, [one._get_work() for one in deliveries])
        return asked

    def test_messages_of_a_batch_share_an_environment_that_knows_which_it_is(self):
        seen = []

        def handle(handler, message):
            known = Handling.of(handler.env.context)
            cause = message._get_cause()
            seen.append((handler.env, known.message_id, cause["uuid"], known.moment))

        self.patch(self.Handler, "_handle", handle)
        deliveries = self.hello() | self.hello()
        self.handle(deliveries)
        messages = deliveries.message_id
        self.assertEqual([one[1] for one in seen], messages.ids)
        self.assertEqual([one[2] for one in seen], messages.mapped("uuid"))
        self.assertEqual([one[3] for one in seen], messages.mapped("received_at"))
        self.assertIs(seen[0][0], seen[1][0])
        self.assertFalse(seen[0][0]["integration.message"]._get_cause())

    def test_nothing_is_said_of_a_message_whose_handler_failed(self):
        def handle(handler, message):
            raise ValueError("broken")

        self.patch(self.Handler, "_handle", handle)
        with self.assertRaises(ValueError):
            self.handle(self.hello())
        known = Handling.of(self.batch_env.context)
        self.assertEqual((known.message_id, known.cause), (None, None))

    def test_what_is_put_off_keeps_its_cause(self):
        known = Handling(cause={"uuid": "first"})
        Message = self.env["integration.message"].with_context(**known.keep())
        known.cause = {"uuid": "second"}
        self.assertEqual(Message._get_cause(), {"uuid": "first"})
        self.assertEqual(Handling().keep(), {})

    def test_a_client_does_not_say_what_caused_its_doing(self):
        forged = {CONTEXT_KEY: {"cause": {"uuid": "forged"}, "message_id": 1}}
        Message = self.env["integration.message"].with_context(**forged)
        self.assertEqual(Message._get_cause(), {})
        message = self.hello().message_id.with_context(**forged)
        self.assertEqual(message._get_payload(), {"text": "hi"})

    def test_handlers_read_ahead_for_a_whole_batch_as_their_service_user(self):
        deliveries = self.hello() | self.hello()
        self.assertEqual(
            self.read_ahead(deliveries),
            [(self.system.user_id, deliveries.message_id.ids)],
        )

    def test_what_was_corrected_or_is_translated_is_not_read_ahead(self):
        plain, corrected = self.hello(), self.hello()
        corrected.payload = {"text": "mended"}
        self.assertEqual(
            self.read_ahead(plain | corrected),
            [(self.system.user_id, plain.message_id.ids)],
        )
        Translation = self.env.registry["integration.translation"]
        self.patch(Translation, "_find_id", lambda model, system, contract: 1)
        self.assertEqual(self.read_ahead(plain), [])
