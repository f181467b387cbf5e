from odoo import Command
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.integration_core.tests.common import IntegrationCase

EVENT = "invoice.posted"


@tagged("post_install", "-at_install")
class TestEvents(AccountTestInvoicingCommon, IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = cls.env.ref("integration_core.integration_core_group_manager")
        cls.env.user.group_ids = [Command.link(manager.id)]

    def test_posted_invoice_is_published_and_an_entry_is_not(self):
        self.system.company_id = self.env.company
        self.subscribe(EVENT)
        invoice = self.init_invoice(
            "out_invoice", products=self.product_a, post=False
        )
        self.assertFalse(self.published(EVENT, invoice))
        invoice.action_post()
        message = self.published(EVENT, invoice)
        self.assertEqual(message.payload["invoice"], invoice.name)
        self.assertEqual(message.payload["kind"], "out_invoice")
        self.assertEqual(message.payload["amount_total"], invoice.amount_total)
        entry = invoice._reverse_moves()
        entry.move_type = "entry"
        entry.action_post()
        self.assertFalse(self.published(EVENT, entry))
