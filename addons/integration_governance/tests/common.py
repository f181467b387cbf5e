from unittest.mock import patch

from odoo.tests import new_test_user

from odoo.addons.integration_core.tests.common import IntegrationCase

from ..models.integration_governed_mixin import FOUR_EYES

ROLE = "integration_core.integration_core_group_"


class GovernanceCase(IntegrationCase):
    """Two managers, of whom one may approve too, and an approver who manages nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The demo's rules about partners would be in the way of those of the tests.
        cls.env["integration.ownership"].search([]).unlink()
        cls.manager = new_test_user(cls.env, "gov-manager", f"{ROLE}manager")
        cls.both = new_test_user(cls.env, "gov-both", f"{ROLE}manager,{ROLE}approver")
        cls.approver = new_test_user(cls.env, "gov-approver", f"{ROLE}approver")
        cls.domain = cls.env["integration.mapping.domain"].create(
            {
                "name": "Partner of the test",
                "code": "test_partner",
                "model_id": cls.env.ref("base.model_res_partner").id,
                "key_field": "ref",
            }
        )
        cls.partner, cls.other = cls.env["res.partner"].create(
            [{"name": "Acme", "ref": "ACME-1"}, {"name": "Bolt", "ref": "BOLT-1"}]
        )
        cls.grant("connection.tested")

    def ask_four_eyes(self, mode="always"):
        self.env["ir.config_parameter"].sudo().set_param(FOUR_EYES, mode)

    def changes(self, record):
        return self.env["integration.change.request"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )

    def draft_mapping(self, user, **values):
        return (
            self.env["integration.mapping"]
            .with_user(user)
            .create(
                {
                    "domain_id": self.domain.id,
                    "system_id": self.system.id,
                    "external_code": "ACME",
                    "res_id": self.partner.id,
                    **values,
                }
            )
        )

    def handle_with(self, handle):
        Handler = self.env.registry["integration.handler.connection.tested"]
        self.startPatcher(patch.object(Handler, "_handle", handle))

    def hello(self, text="hi", **envelope):
        message = self.receive("connection.tested", {"text": text}, **envelope)
        return message.delivery_ids


class ShadowCase(GovernanceCase):
    """A flow of the test system runs in shadow."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["integration.system"].search([]).sudo().environment = "test"
        cls.policy = cls.env["integration.policy"].create(
            {
                "system_id": cls.system.id,
                "contract_code": "connection.tested",
                "execution": "shadow",
            }
        )

    def run_of(self, delivery):
        return self.env["integration.shadow.run"].search(
            [("delivery_id", "=", delivery.id)]
        )
