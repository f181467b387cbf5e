from odoo import fields, models

from odoo.addons.integration_core.lib.envelope import parse_moment


class ProductionSignalRecordedHandler(models.AbstractModel):
    """Records what the agent's filter let through."""

    _name = "integration.handler.production.signal.recorded"
    _inherit = "integration.handler"
    _description = "Signal handler"

    def _handle(self, message):
        payload = message._get_payload()
        return self.env["mes.signal.reading"].create(
            {
                "message_id": message.id,
                "company_id": message.company_id.id,
                "workcenter_id": self._find_workcenter(message, payload).id,
                "work_centre": payload["work_centre"],
                "signal": payload["signal"],
                "kind": payload["kind"],
                "begin_at": self._read_moment(payload["begin"]),
                "end_at": self._read_moment(payload["end"]),
                **self._prepare_value_vals(payload),
            }
        )

    def _find_workcenter(self, message, payload):
        """Return the work centre of that code or name; perhaps none."""
        name = payload["work_centre"]
        found = self.env["mrp.workcenter"].search(
            [
                ("company_id", "in", [False, message.company_id.id]),
                "|",
                ("code", "=", name),
                ("name", "=", name),
            ]
        )
        return found.sorted(lambda workcenter: workcenter.code != name)[:1]

    def _read_moment(self, text):
        return fields.Datetime.to_datetime(parse_moment(text).replace(microsecond=0))

    def _prepare_value_vals(self, payload):
        kind = payload["kind"]
        vals = {"sample_count": payload.get("count", 0)}
        if kind == "threshold":
            return vals | {"side": payload["after"], "value": payload["value"]}
        name = {"aggregate": "mean", "count": "delta", "change": "after"}[kind]
        return vals | {
            "value": payload[name],
            "minimum": payload.get("minimum", payload[name]),
            "maximum": payload.get("maximum", payload[name]),
        }
