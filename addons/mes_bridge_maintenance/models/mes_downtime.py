from datetime import timedelta

from odoo import api, fields, models


class MesDowntime(models.Model):
    """Long or frequent downtime becomes a request to maintenance: one per standstill."""

    _inherit = "mes.downtime"

    maintenance_request_id = fields.Many2one(
        "maintenance.request",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _on_reported(self):
        result = super()._on_reported()
        self._request_maintenance()
        return result

    @api.model
    def _cron_request_maintenance(self):
        """Look at what still stands: nobody reports that time goes by."""
        self.search(
            [("state", "=", "open"), ("maintenance_request_id", "=", False)]
        )._request_maintenance()

    def _request_maintenance(self):
        for downtime in self:
            if downtime.maintenance_request_id:
                downtime._update_request()
            elif downtime._needs_maintenance():
                # Who reports has no business in maintenance; this request is all it makes.
                downtime.maintenance_request_id = (
                    self.env["maintenance.request"]
                    .sudo()
                    .create(downtime._prepare_request_vals())
                )

    def _needs_maintenance(self):
        """Tell whether it lasted long enough, or came often enough.

        Only what makes a machine unavailable counts: waiting for material does not.
        """
        if self.is_cancelled or self.loss_id.loss_type != "availability":
            return False
        company = self.company_id
        if self.minutes >= company.mes_maintenance_minutes > 0:
            return True
        day = self.started_at - timedelta(days=1)
        recent = self.search_count(
            [
                ("workcenter_id", "=", self.workcenter_id.id),
                ("loss_id", "=", self.loss_id.id),
                ("is_cancelled", "=", False),
                ("started_at", ">", day),
                ("started_at", "<=", self.started_at),
            ]
        )
        return recent >= company.mes_maintenance_count > 0

    def _find_equipment(self):
        return (
            self.env["maintenance.equipment"]
            .sudo()  # see _request_maintenance
            .search(
                [
                    ("mes_workcenter_id", "=", self.workcenter_id.id),
                    ("company_id", "in", (self.company_id.id, False)),
                ],
                limit=1,
            )
        )

    def _prepare_request_vals(self):
        equipment = self._find_equipment()
        vals = {
            "name": self.env._(
                "%(centre)s: %(reason)s",
                centre=self.workcenter_id.name,
                reason=self.loss_id.name,
            ),
            "equipment_id": equipment.id,
            "company_id": self.company_id.id,
            "maintenance_type": "corrective",
            "request_date": fields.Date.context_today(self, self.started_at),
            "schedule_date": self.started_at,
            "schedule_end": self._get_expected_end(),
            "description": self._describe_for_maintenance(),
            "priority": "3" if self.order_at_risk_ids else "2",
        }
        if equipment.maintenance_team_id:
            vals["maintenance_team_id"] = equipment.maintenance_team_id.id
        return vals

    def _update_request(self):
        """Keep the account of an open request current; people's own words stay."""
        request = self.maintenance_request_id.sudo()  # see _request_maintenance
        if request.stage_id.done:
            return
        if self.is_cancelled:
            request.message_post(body=self.env._("Reported by mistake: it never was."))
            request.archive_equipment_request()
            return
        request.schedule_end = max(self._get_expected_end(), request.schedule_date)
        if self.ended_at:
            request.message_post(body=self._describe_for_maintenance())

    def _describe_for_maintenance(self):
        return self.env._(
            "%(centre)s stood still since %(since)s (UTC) for %(minutes)d minutes: "
            "%(reason)s. %(description)s Orders at risk: %(orders)s.",
            centre=self.workcenter_id.name,
            since=self.started_at,
            minutes=self.minutes,
            reason=self.loss_id.name,
            description=self.description or "",
            orders=", ".join(self.order_at_risk_ids.mapped("name"))
            or self.env._("none"),
        )

    def action_open_maintenance_request(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "maintenance.request",
            "res_id": self.maintenance_request_id.id,
            "view_mode": "form",
        }
