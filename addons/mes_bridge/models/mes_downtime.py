from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.downtime import Report, merge
from .mes_event import EPOCH

# How long a standstill is planned around when nobody said when it ends.
EXPECTED_MINUTES = 60


class MesDowntime(models.Model):
    """A standstill of a work centre: what is lost, and which orders it endangers.

    Odoo's own record of lost time is written once it has ended: an open one blocks the
    work centre. Until then the planning sees it as time in which nothing can be planned.
    """

    _name = "mes.downtime"
    _inherit = ["mail.thread"]
    _description = "Downtime"
    _order = "started_at desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Reference", required=True, readonly=True)
    workcenter_id = fields.Many2one(
        "mrp.workcenter", required=True, readonly=True, index=True, check_company=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    system_id = fields.Many2one("integration.system", readonly=True)
    loss_id = fields.Many2one(
        "mrp.workcenter.productivity.loss",
        string="Reason",
        required=True,
        readonly=True,
    )
    description = fields.Char(readonly=True)
    order_id = fields.Many2one("mes.order", readonly=True, index="btree_not_null")
    started_at = fields.Datetime(required=True, readonly=True)
    ended_at = fields.Datetime(readonly=True)
    expected_until = fields.Datetime(readonly=True)
    is_cancelled = fields.Boolean(
        string="Cancelled", readonly=True, help="It never was: reported by mistake."
    )
    minutes = fields.Float(compute="_compute_minutes")
    state = fields.Selection(
        [("open", "Stands still"), ("closed", "Over"), ("cancelled", "Cancelled")],
        compute="_compute_state",
        store=True,
        index=True,
    )
    reports = fields.Json(readonly=True, help="What was said, each report once.")
    productivity_id = fields.Many2one("mrp.workcenter.productivity", readonly=True)
    leave_id = fields.Many2one("resource.calendar.leaves", readonly=True)
    order_at_risk_ids = fields.Many2many(
        "mes.order", compute="_compute_order_at_risk_ids", string="Orders at risk"
    )

    _once = models.Constraint(
        "UNIQUE(name, system_id, workcenter_id)",
        "This standstill is on record already.",
    )

    @api.depends("started_at", "ended_at")
    def _compute_minutes(self):
        now = fields.Datetime.now()
        for downtime in self:
            until = downtime.ended_at or now
            lasted = until - (downtime.started_at or until)
            downtime.minutes = max(0.0, lasted.total_seconds() / 60)

    @api.depends("ended_at", "is_cancelled")
    def _compute_state(self):
        for downtime in self:
            over = "closed" if downtime.ended_at else "open"
            downtime.state = "cancelled" if downtime.is_cancelled else over

    @api.depends("workcenter_id", "state", "expected_until")
    def _compute_order_at_risk_ids(self):
        for downtime in self:
            downtime.order_at_risk_ids = downtime._find_orders_at_risk()

    def _find_orders_at_risk(self):
        """Return open orders with work at this centre that is planned while it stands.

        What runs there at the moment is among them, and what may begin any time.
        """
        self.ensure_one()
        if self.state != "open":
            return self.env["mes.order"]
        workorders = self.env["mrp.workorder"].search(
            [
                ("workcenter_id", "=", self.workcenter_id.id),
                ("state", "not in", ("done", "cancel")),
                "|",
                "|",
                ("state", "=", "progress"),
                ("date_start", "=", False),
                ("date_start", "<", self._get_expected_end()),
            ]
        )
        return workorders.production_id.mes_order_ids.filtered(
            lambda order: order.state not in ("closed", "cancelled")
        )

    def _get_expected_end(self):
        now = fields.Datetime.now()
        return self.ended_at or max(
            self.expected_until or now, now + timedelta(minutes=EXPECTED_MINUTES)
        )

    @api.model
    def _find_known(self, vals):
        """Return what is on record of a standstill, by its values; perhaps nothing."""
        return self.search(
            [
                ("name", "=", vals["name"]),
                ("system_id", "=", vals.get("system_id", False)),
                ("workcenter_id", "=", vals["workcenter_id"]),
            ]
        )

    @api.model
    def _take(self, vals, report):
        """Take what one report says; the same one again changes nothing.

        :param vals: of a new record; ``report``: JSON of a ``lib.downtime.Report``.
        :returns: ``(the record, whether the report was new)``
        """
        known = self._find_known(vals)
        if known:
            known.lock_for_update()
            if report["identity"] in (known.reports or {}):
                return known, False
        reports = {**(known.reports or {}), report["identity"]: report}
        told = known._merge(vals["name"], reports)
        if known:
            known.write({**told, "reports": reports})
        else:
            known = self.create({**vals, **told, "reports": reports})
        known._post()
        return known, True

    def _merge(self, name, reports):
        try:
            told = merge(
                Report(
                    (entry["at"], entry["epoch"], entry["sequence"]),
                    entry["from"],
                    entry["to"],
                    entry["expected"],
                    entry.get("cancelled", False),
                )
                for entry in reports.values()
            )
        except ValueError as error:
            raise BusinessError(
                self.env._("The downtime %s ends before it starts.", name),
                kind="mes_bridge.interval_reversed",
                fingerprint=name,
            ) from error
        return {
            "started_at": _moment(told.started_at),
            "ended_at": _moment(told.ended_at),
            "expected_until": _moment(told.expected_until),
            "is_cancelled": self.is_cancelled or told.cancelled,
        }

    def _post(self):
        """Let planning see it, and write the time lost once it is over."""
        self.ensure_one()
        if self.is_cancelled:
            self._take_back()
        else:
            self._post_leave()
            if self.ended_at:
                self._post_productivity()
        self._tell_orders()
        self._on_reported()

    def _take_back(self):
        """Let planning and the account of lost time forget what never was."""
        # As in _post_leave: this one absence is the report's.
        self.leave_id.sudo().unlink()
        # Who reports may not delete time; this one record is the report's own.
        self.productivity_id.sudo().unlink()

    def action_cancel(self):
        """Take back what was reported by mistake."""
        for downtime in self:
            downtime.is_cancelled = True
            downtime.message_post(body=self.env._("Cancelled: it never was."))
            downtime._post()
        return True

    @api.model
    def _cron_watch(self):
        """Plan around what goes on standing still: nobody reports that time goes by."""
        for downtime in self.search([("state", "=", "open")]):
            downtime._post_leave()
            downtime._tell_orders()

    def _on_reported(self):
        """Hook: more is known of this standstill, in this transaction."""

    def _post_leave(self):
        vals = {
            "name": self.env._("Downtime: %s", self.loss_id.name),
            "resource_id": self.workcenter_id.resource_id.id,
            "calendar_id": self.workcenter_id.resource_calendar_id.id,
            "company_id": self.company_id.id,
            "date_from": self.started_at,
            "date_to": max(self._get_expected_end(), self.started_at),
            "time_type": "leave",
        }
        # Machines that report may not plan; this one absence is the report's.
        leave = self.leave_id.sudo()
        if leave:
            leave.write(vals)
        else:
            self.leave_id = leave.create(vals)

    def _post_productivity(self):
        vals = {
            "workcenter_id": self.workcenter_id.id,
            "company_id": self.company_id.id,
            "loss_id": self.loss_id.id,
            "description": self.description or self.name,
            "date_start": self.started_at,
            "date_end": self.ended_at,
        }
        if self.productivity_id:
            self.productivity_id.write(vals)
        else:
            self.productivity_id = self.productivity_id.create(vals)

    def _tell_orders(self):
        """Say in each order's discussion that it is at risk; once per order."""
        for order in self._find_orders_at_risk():
            if not order.at_risk_by_id:
                order.at_risk_by_id = self
                order.message_post(
                    body=self.env._(
                        "%(centre)s stands still since %(since)s (%(reason)s): this "
                        "order is at risk.",
                        centre=self.workcenter_id.name,
                        since=self.started_at,
                        reason=self.loss_id.name,
                    )
                )
        if self.state != "open":
            self._end_risk()

    def _end_risk(self):
        """Orders are out of danger, unless another standstill endangers them."""
        orders = self.env["mes.order"].search([("at_risk_by_id", "=", self.id)])
        orders.at_risk_by_id = False
        for other in self.search(
            [("state", "=", "open"), ("company_id", "=", self.company_id.id)]
        ):
            for order in orders & other._find_orders_at_risk():
                order.at_risk_by_id = order.at_risk_by_id or other


def _moment(seconds):
    """Return seconds since 1970 as naive UTC, False for none."""
    return EPOCH + timedelta(seconds=int(seconds)) if seconds is not None else False
