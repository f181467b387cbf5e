from odoo import api, models

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.mes_bridge.models.mes_order_watch import WAIT_MINUTES


class MesOrder(models.Model):
    """Results of the shop floor, entered as soon as there is what they are about.

    They may come before the output they were measured on: they wait as reports and are
    entered with it.
    """

    _inherit = "mes.order"

    def _post(self, folded):
        result = super()._post(folded)
        self._enter_results()
        return result

    def _apply_late(self, events):
        """Results move no stock: they are taken whatever the order's state is."""
        if set(events.mapped("kind")) != {"inspected"}:
            return super()._apply_late(events)
        self._enter_results()
        return self._write_progress(self._fold(), state=self.state)

    def _enter_results(self):
        """Enter what waited, and ask about what was entered and is taken back."""
        reports = self.event_ids.filtered(lambda event: event.kind == "inspected")
        if not reports:
            return
        taken_back = set(self.event_ids.mapped("corrects"))
        for event in reports.sorted():
            if event.report in taken_back:
                self._take_results_back(event)
            elif event.results_state == "waiting":
                inspection = event._find_inspection()
                if inspection:
                    self._enter_inspection(event, inspection)

    def _enter_inspection(self, event, inspection):
        """Enter one report; the verdict and the lot's disposition follow by themselves.

        :raises BusinessError: it does not fit, and this very report is being handled.
        """
        # The right to report results was the sender's when its message was taken; the
        # report that brings the output may be another system's.
        event, inspection = event.sudo(), inspection.sudo()
        Laboratory = self.env["integration.handler.inspection.resulted"]
        try:
            Laboratory._check_owner(event.message_id, inspection)
            Laboratory._check_entries(inspection, event.results)
        except BusinessError as error:
            if self.env.context.get("mes_inspected_by") == event.message_id.id:
                raise
            event.results_state = "refused"
            self._ask_about_results(event, "results_refused", error.text)
            return
        inspection._enter_results(
            event.results,
            source=event.worker or event.message_id.system_id.name,
            measured_at=event.occurred_at,
        )
        event.write({"results_state": "entered", "inspection_id": inspection.id})
        verdict = inspection._judge()
        if event.is_final and verdict.state != "incomplete":
            inspection._conclude(verdict)

    def _take_results_back(self, event):
        entered = event.results_state == "entered"
        # Nobody edits reports, whoever brings them; this is the bridge's own mark.
        event.sudo().results_state = "taken_back"
        if entered:
            # Who reports need not see inspections; the text names the one concerned.
            text = self.env._(
                "%(order)s takes back results of lot %(lot)s, which were entered in "
                "%(inspection)s.",
                order=self.name,
                lot=event.lot_id.name,
                inspection=event.sudo().inspection_id.name,
            )
            self._ask_about_results(event, "results_taken_back", text)

    @api.model
    def _cron_watch(self):
        """Ask people about results that nothing to inspect was found for."""
        result = super()._cron_watch()
        since = self._get_moment_before(WAIT_MINUTES, 30)
        for event in self.env["mes.event"].search(
            [("results_state", "=", "waiting"), ("create_date", "<", since)]
        ):
            text = self.env._(
                "%(order)s reports results of lot %(lot)s, for which no inspection "
                "waits: the lot was not reported as made, has no inspection plan, or is "
                "decided already.",
                order=event.order_id.name,
                lot=event.lot_id.name,
            )
            event.order_id._ask_about_results(event, "results_unclaimed", text)
        return result

    def _ask_about_results(self, event, code, text):
        error = BusinessError(
            text,
            kind=f"mes_bridge.{code}",
            fingerprint=f"{self.name}:{event.report}",
            values={"mes_order_id": self.id, "mes_lot_id": event.lot_id.id},
        )
        # Raising is the engine's; the exception belongs to the order, and no message
        # waits for it.
        self.env["integration.exception"].sudo()._raise_for_order(self, error)
