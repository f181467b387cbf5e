import os
import signal
import time

from odoo import api, fields, models

# Handling it ends the process at once, as running out of memory does.
DEADLY = -1
# Deadly only when what it wrote is flushed, after those handled with it.
DEADLY_LATER = -3
# Handling it takes so long that other workers go on meanwhile.
SLOW = -2
SLOW_SECONDS = 4


class IntegrationProbe(models.Model):
    """The effect of one message. Nothing keeps doubles out: they must not happen."""

    _name = "integration.probe"
    _description = "Probe"

    key = fields.Char(required=True)
    number = fields.Integer(required=True)
    message_uuid = fields.Char()

    @api.model
    def notice(self, key, numbers):
        """Publish one event for each number, in order, about the object ``key``."""
        for number in numbers:
            probe = self.create({"key": key, "number": number})
            self.env["integration.message"]._publish(
                "probe.noticed", probe, {"key": key, "number": number}, order_key=key
            )
        return True


class ProbeRecordedHandler(models.AbstractModel):
    _name = "integration.handler.probe.recorded"
    _inherit = "integration.handler"
    _description = "Probe handler"

    def _handle(self, message):
        payload = message._get_payload()
        if payload["number"] == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        if payload["number"] == DEADLY_LATER:
            self.env.cr.precommit.add(lambda: os.kill(os.getpid(), signal.SIGKILL))
        if payload["number"] == SLOW:
            time.sleep(SLOW_SECONDS)
        if "currency" in payload:
            self._resolve(message, "currency", payload["currency"])
        probe = self.env["integration.probe"].create(
            {
                "key": message.order_key or "none",
                "number": payload["number"],
                "message_uuid": message.uuid,
            }
        )
        if payload.get("relay"):
            event = {"key": probe.key, "number": probe.number}
            self.env["integration.message"]._publish(
                "probe.noticed", probe, event, order_key=probe.key
            )
        return probe


class ProbePlaybookHandler(models.AbstractModel):
    """A step that ends its process as often as the probe's number says, then works."""

    _name = "integration.playbook.handler.probe"
    _inherit = "integration.playbook.handler"
    _description = "Probe step"
    _can_undo = True

    def _run(self, records, run):
        self._note(records, "did")
        if run.claim_count <= records.number:
            self.env.flush_all()
            os.kill(os.getpid(), signal.SIGKILL)
        return f"Turn {run.claim_count}"

    def _undo(self, records, run):
        self._note(records, "undid")

    def _note(self, records, what):
        self.env["integration.probe"].create(
            {"key": f"{records.key}-{what}", "number": 0}
        )
