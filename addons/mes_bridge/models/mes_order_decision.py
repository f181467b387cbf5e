from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.errors import BusinessError

CORRECTION_DAYS = "mes_bridge.correction_days"
PREFIX = "mes_bridge."
# Raised on the order itself; they end when their reason does.
CLOSING_KINDS = ("totals_mismatch", "nothing_produced", "consumption_differs")


class MesOrder(models.Model):
    """What people decide about an order, and how they are asked."""

    _inherit = "mes.order"

    def _keep_exceptions(self, problems, kinds=CLOSING_KINDS):
        """Raise what is new among an order's problems, end what is no longer so.

        :param problems: ``{kind without prefix: sentence}``
        :param kinds: what was looked at; other exceptions stay.
        """
        # Raising is the engine's: whoever reports may not write exceptions.
        for exception in self.sudo().exception_ids:
            code = exception.kind_id.code.removeprefix(PREFIX)
            if exception.state == "open" and code in kinds and code not in problems:
                exception._close(self.env._("What was wrong is put right."))
        for code, text in problems.items():
            self._raise_exception(code, text)

    def _raise_exception(self, code, text):
        error = BusinessError(
            text,
            kind=PREFIX + code,
            fingerprint=self.name,
            values={"mes_order_id": self.id},
        )
        # See above; the exception belongs to the order, no message waits for it.
        self.env["integration.exception"].sudo()._raise_for_order(self, error)

    # Decisions -----------------------------------------------------------

    def action_close_as_reported(self):
        """Close with what was reported, whatever the completion announced."""
        for order in self:
            order._check_open()
            if order.state != "completed":
                raise UserError(
                    self.env._(
                        "%s has not been completed by the shop floor yet.", order.name
                    )
                )
            order.accepts_totals = True
            order._apply_decision(self.env._("Closed as reported."))
        return True

    def action_accept_consumption(self):
        """Accept the difference from the bill of materials."""
        for order in self:
            order._check_open()
            order.accepts_consumption = True
            order._apply_decision(self.env._("Difference in consumption accepted."))
        return True

    def action_count_anew(self):
        """Let counts that fell go on from zero: their counters were reset or changed.

        :raises UserError: none fell, or the order is closed.
        """
        for order in self:
            order._check_open()
            if not order._mark_counts():
                raise UserError(
                    self.env._("No count of %s fell that adds anything.", order.name)
                )
            order.message_post(body=self.env._("Counters began anew at zero."))
            order._apply()
            order._notify()
        return True

    def _mark_counts(self):
        """Mark each report whose count fell first. Returns whether there was any."""
        marked = False
        while fallen := self._find_fallen():
            # Nobody edits reports, whoever brings them; a person decided this.
            fallen.sudo().begins_anew = marked = True
        return marked

    def _find_fallen(self):
        """Return the first report that counts less than before, or none."""
        odd = self._fold().violations
        return self._get_events().filtered(
            lambda event: (
                odd.get(event.identity) == "count_fell" and not event.begins_anew
            )
        )[:1]

    def action_cancel_production(self):
        """Cancel the production order of which nothing came; consumption stays."""
        for order in self:
            order._check_open()
            order._get_production().with_context(mes_posting=True).action_cancel()
            order.write({"state": "closed", "closed_at": fields.Datetime.now()})
            order._keep_exceptions({})
            order._notify()
        return True

    def action_reopen(self):
        """Take reports again until the shop floor completes the order anew.

        :raises UserError: the period for corrections is over.
        """
        for order in self:
            if order.state != "closed":
                raise UserError(self.env._("%s is not closed.", order.name))
            order._check_correction_period()
            completions = order._get_events().filtered(lambda e: e.kind == "completed")
            # Reports are not edited by people; this one counts no more.
            completions.sudo().is_superseded = True
            order.write({"state": order._fold().state, "closed_at": False})
            order.message_post(body=self.env._("Opened again for reports."))
            order._notify()
        return True

    def _accept_correction(self, messages):
        """Let reports of a closed order through.

        :raises UserError: the period for corrections is over.
        """
        for order in self:
            order._check_correction_period()
            # Whoever decides about an exception may not read all of the log.
            order.sudo().correction_message_ids |= messages

    def _check_correction_period(self):
        """Hook: refuse to change what was closed too long ago.

        :raises UserError: with the way out.
        """
        self.ensure_one()
        # A setting of the database, no business data.
        days = int(
            self.env["ir.config_parameter"].sudo().get_param(CORRECTION_DAYS, 31)
        )
        if self.closed_at and self.closed_at < fields.Datetime.now() - timedelta(days):
            raise UserError(
                self.env._(
                    "%(order)s was closed on %(date)s, more than %(days)s days ago. Post "
                    "the difference by hand in the current period and settle it.",
                    order=self.name,
                    date=self.closed_at.date(),
                    days=days,
                )
            )

    def _check_open(self):
        self.ensure_one()
        if self.state in ("closed", "cancelled"):
            raise UserError(self.env._("%s is closed or recalled already.", self.name))

    def _apply_decision(self, text):
        self.message_post(body=text)
        folded = self._fold()
        self._settle(folded)
        self._notify()

    def action_accept_as_is(self):
        """Take what is odd, or is not waited for any more, as it is.

        Nothing is changed; who asks about it again has a new reason to.
        """
        for order in self:
            order.write(
                {
                    "accepted_oddities": order.oddities,
                    "accepted_waits": order.waits_for,
                }
            )
            order.message_post(
                body=self.env._(
                    "Taken as it is: %s",
                    ", ".join(filter(None, (order.oddities, order.waits_for))),
                )
            )
            order._end_waiting()
        return True

    def _notify(self):
        """Tell the screens of production that orders changed, once it is committed."""
        group = self.env.ref("mrp.group_mrp_user")
        for order in self:
            # The number only: each screen reads what its user may see.
            self.env["bus.bus"]._sendone(group, "mes_order_changed", {"id": order.id})
