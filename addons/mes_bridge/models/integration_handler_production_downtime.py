from datetime import timedelta

from odoo import models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult

from .mes_event import seconds_of

# How far ahead an end can be expected.
EXPECTED_MAX = timedelta(days=366)


class ProductionDowntimeHandler(models.AbstractModel):
    """A machine stands still, or did."""

    _name = "integration.handler.production.downtime"
    _inherit = "integration.handler.production"
    _description = "Downtime handler"

    def _handle(self, message):
        payload = message._get_payload()
        vals = self._prepare_downtime_vals(message, payload)
        self._check_times(message, payload)
        report = self._prepare_report(message, payload)
        Downtime = self.env["mes.downtime"]
        known = Downtime._find_known(vals)
        told = (known.reports or {}).get(report["identity"])
        if told and {**told, "at": report["at"]} != report:
            self._raise_differs(message, report["identity"], {})
        downtime, new = Downtime._take(vals, report)
        return HandlerResult(
            record=downtime,
            outcome="done" if new else "ignored",
            summary=self.env._(
                "%(centre)s, %(minutes)d minutes",
                centre=downtime.workcenter_id.name,
                minutes=downtime.minutes,
            ),
            data={"orders_at_risk": downtime.order_at_risk_ids.mapped("name")},
        )

    def _prepare_downtime_vals(self, message, payload):
        workcenter = self._resolve(message, "work_centre", payload["work_centre"])
        if workcenter.company_id not in (message.company_id, self.env["res.company"]):
            raise BusinessError(
                self.env._("%s belongs to another company.", workcenter.name)
            )
        order = self.env["mes.order"]
        if payload.get("order"):
            plants = message.system_id.sudo().warehouse_ids
            order = order._find(payload["order"], message.company_id, plants)
        return {
            "name": payload["downtime"],
            "workcenter_id": workcenter.id,
            "company_id": message.company_id.id,
            "system_id": message.system_id.id,
            "loss_id": self._get_loss(message, payload).id,
            "description": payload.get("reason"),
            "order_id": order.id,
        }

    def _check_times(self, message, payload):
        """Refuse a standstill that is yet to be; when it ends is only expected.

        :raises BusinessError: ``mes_bridge.interval_reversed``
        """
        subject = self.env._("The downtime %s", payload["downtime"])
        told = filter(None, (payload["from"], payload.get("to")))
        self._check_moments(message, subject, map(self._get_moment, told), {})
        if payload.get("expected_until"):
            expected = self._get_moment(payload["expected_until"]) - EXPECTED_MAX
            self._check_moments(message, subject, [expected], {})

    def _get_loss(self, message, payload):
        code = payload.get("reason_code")
        if code:
            return self._resolve(message, "downtime_reason", code)
        # Odoo's "Equipment Failure".
        return self.env.ref("mrp.block_reason1")

    def _prepare_report(self, message, payload):
        return {
            "identity": f"{message.source}#{message.event_id}",
            "at": seconds_of(message.occurred_at or message.received_at),
            "epoch": message.epoch or "",
            "sequence": (message.sequence or 0) % 2**31,
            "from": seconds_of(self._get_moment(payload["from"])),
            "to": self._get_seconds(payload.get("to")),
            "expected": self._get_seconds(payload.get("expected_until")),
            "cancelled": payload.get("cancelled", False),
        }

    def _get_seconds(self, text):
        return seconds_of(self._get_moment(text)) if text else None
