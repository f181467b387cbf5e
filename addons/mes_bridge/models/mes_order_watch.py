from datetime import timedelta

from odoo import api, fields, models

WAIT_MINUTES = "mes_bridge.wait_minutes"
ODD_MINUTES = "mes_bridge.odd_minutes"
ANSWER_MINUTES = "mes_bridge.answer_minutes"
ACKNOWLEDGED = "production.order.acknowledged"


class MesOrder(models.Model):
    """The watch over orders: what is missing or odd may still be put right by itself."""

    _inherit = "mes.order"

    @api.model
    def _cron_watch(self):
        """Ask people about orders that wait too long, look odd or are not answered."""
        self._ask_about_waits()
        self._ask_about_oddities()
        self._ask_about_answers()

    @api.model
    def _get_moment_before(self, parameter, minutes):
        """Return the moment some minutes ago; how many, a setting of the database says."""
        # A setting of the database, no business data.
        told = self.env["ir.config_parameter"].sudo().get_param(parameter, minutes)
        return fields.Datetime.now() - timedelta(minutes=int(told))

    def _ask_about_waits(self):
        since = self._get_moment_before(WAIT_MINUTES, 30)
        for order in self.search(
            [
                ("state", "not in", ("closed", "cancelled")),
                ("waits_for", "!=", False),
                ("waits_since", "<", since),
            ]
        ).filtered(lambda order: order.waits_for != order.accepted_waits):
            text = self.env._(
                "%(order)s waits for reports that were announced or counted: "
                "%(missing)s.",
                order=order.name,
                missing=order.waits_for,
            )
            order._raise_exception("reports_missing", text)

    def _ask_about_oddities(self):
        """Whatever the state: what is odd now is not better once the order is closed."""
        since = self._get_moment_before(ODD_MINUTES, 2)
        for order in self.search(
            [("oddities", "!=", False), ("odd_since", "<=", since)]
        ).filtered(lambda order: order.oddities != order.accepted_oddities):
            text = self.env._(
                "Reports of %(order)s do not follow from each other: %(oddities)s.",
                order=order.name,
                oddities=order.oddities,
            )
            order._raise_exception("illegal_transition", text)

    def _ask_about_answers(self):
        """Where the shop floor answers at all, silence is asked about.

        Whoever reports on an order has taken it, without a word.
        """
        # Which contracts are in use is no secret; who reports may not read systems.
        systems = self.env["integration.system"].sudo()
        answering = systems.search(
            [("scope_ids", "any", [("code", "=", ACKNOWLEDGED)])]
        )
        since = self._get_moment_before(ANSWER_MINUTES, 60)
        for order in self.search(
            [
                ("state", "!=", "closed"),
                ("answer", "=", False),
                ("told_at", "<", since),
                ("company_id", "in", answering.company_id.ids),
            ]
        ):
            if order.last_report_at and order.last_report_at >= order.told_at:
                continue
            text = self.env._(
                "The shop floor has not answered release %(release)s of %(order)s, which "
                "is %(state)s.",
                release=order.release_number,
                order=order.name,
                state=order._get_state_label().lower(),
            )
            order._raise_exception("not_acknowledged", text)

    def _end_waiting(self):
        """End what was asked about an order and has answered itself."""
        kinds = []
        if not self.waits_for or self.waits_for == self.accepted_waits:
            kinds.append("reports_missing")
        if not self.oddities or self.oddities == self.accepted_oddities:
            kinds.append("illegal_transition")
        self._keep_exceptions({}, kinds)
