from odoo import models
from odoo.fields import Date

KINDS = ("out_invoice", "out_refund", "in_invoice", "in_refund")


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """Publish each invoice that enters the books here."""
        posted = super()._post(soft=soft)
        self.env["integration.message"]._announce(
            "invoice.posted",
            posted.filtered(lambda move: move.move_type in KINDS),
            lambda move: move._prepare_posted_payload(),
        )
        return posted

    def _prepare_posted_payload(self):
        self.ensure_one()
        partner = self.partner_id
        return {
            "invoice": self.name,
            "kind": self.move_type,
            "partner": partner.ref or partner.name or None,
            "reference": self.ref or None,
            "origin": self.invoice_origin or None,
            "invoice_date": Date.to_string(self.invoice_date) or None,
            "due_date": Date.to_string(self.invoice_date_due) or None,
            "currency": self.currency_id.name,
            "amount_untaxed": self.amount_untaxed,
            "amount_total": self.amount_total,
        }
