"""A domain whose codes are partners, and one partner to map them to."""

from unittest.mock import patch

from ..lib.errors import UnmappedCodeError
from .common import IntegrationCase


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
