import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.correction import ShapeError, apply_changes, find_changes
from ..lib.strict_json import JsonError, parse


class IntegrationCorrectionWizard(models.TransientModel):
    """Corrects what waits under an exception, and lets it run again in its place."""

    _name = "integration.correction.wizard"
    _description = "Correct and Resubmit"

    exception_id = fields.Many2one(
        "integration.exception", required=True, readonly=True
    )
    delivery_id = fields.Many2one(
        "integration.delivery",
        required=True,
        ondelete="cascade",
        domain="[('exception_id', '=', exception_id), ('state', '=', 'parked')]",
    )
    waiting_count = fields.Integer(related="exception_id.delivery_count")
    payload = fields.Text(required=True)
    scope = fields.Selection(
        [
            ("one", "This message"),
            ("all", "All that wait here and have the same fault"),
        ],
        required=True,
        default="one",
    )
    reason = fields.Char(help="Who confirmed it, for the record.")

    @api.model
    def _create_for(self, exception):
        head = exception._get_head()
        return self.create(
            {
                "exception_id": exception.id,
                "delivery_id": head.id,
                "payload": self._write(head),
            }
        )

    @api.onchange("delivery_id")
    def _onchange_delivery_id(self):
        if self.delivery_id:
            self.payload = self._write(self.delivery_id)

    def _write(self, delivery):
        shown = self._show_payload(delivery)
        return json.dumps(shown, indent=2, ensure_ascii=False)

    @api.model
    def _show_payload(self, delivery):
        """Return what the person who corrects may see of a payload. A hook."""
        return delivery._get_own_payload()

    @api.model
    def _complete_payload(self, delivery, edited):
        """Return an edited payload with what the person was not shown. A hook."""
        return edited

    def action_resubmit(self):
        """Keep the correction on record and run again what was corrected.

        :raises UserError: when it is no JSON, breaks the contract, or changes nothing.
        """
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: it is kept for the auditor."))
        if self.delivery_id.exception_id != self.exception_id:
            raise UserError(self.env._("This message waits under another exception."))
        payloads = self._get_payloads()
        for delivery, payload in payloads.items():
            self._check(delivery, payload)
        self.env["integration.correction"]._correct(
            self.exception_id, payloads, self.reason
        )
        self._close_if_empty()
        return {"type": "ir.actions.act_window_close"}

    def _close_if_empty(self):
        left = self.exception_id.delivery_ids.filtered(
            lambda d: d.state in ("parked", "dead")
        )
        if not left and self.exception_id.state == "open":
            self.exception_id._close(self.env._("Corrected by %s.", self.env.user.name))

    def _get_payloads(self):
        before = self.delivery_id._get_own_payload()
        try:
            after = self._complete_payload(
                self.delivery_id, parse(self.payload.encode())
            )
        except JsonError as error:
            raise UserError(self.env._("This is not JSON: %s", error)) from error
        if after == before:
            raise UserError(self.env._("Nothing was changed."))
        payloads = {self.delivery_id: after}
        if self.scope == "one":
            return payloads
        try:
            changes = find_changes(before, after)
        except ShapeError as error:
            raise UserError(
                self.env._(
                    "Members were added or removed. Such a correction is made message by "
                    "message."
                )
            ) from error
        waiting = self.exception_id.delivery_ids.filtered(lambda d: d.state == "parked")
        for delivery in waiting - self.delivery_id:
            old = delivery._get_own_payload()
            new = apply_changes(old, changes)
            if new != old:
                payloads[delivery] = new
        return payloads

    def _check(self, delivery, payload):
        faults = delivery.contract_id._find_payload_faults(payload)
        if faults:
            raise UserError(
                self.env._(
                    "%(message)s would break its contract: %(faults)s",
                    message=delivery.message_id.display_name,
                    faults="; ".join(f"{f.pointer}: {f.detail}" for f in faults),
                )
            )
