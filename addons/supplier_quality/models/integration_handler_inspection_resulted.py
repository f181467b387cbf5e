from odoo import models

from odoo.addons.integration_core.lib.envelope import parse_moment
from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult

from .quality_inspection import OPEN_STATES


class InspectionResultedHandler(models.AbstractModel):
    """Takes a laboratory's results; verdict and disposition follow by themselves."""

    _name = "integration.handler.inspection.resulted"
    _inherit = "integration.handler"
    _description = "Inspection results handler"

    def _handle(self, message):
        payload = message._get_payload()
        inspection = self._find_inspection(message, payload)
        self._check_owner(message, inspection)
        for entry in payload["results"]:
            self._check_entry(inspection, entry)
        measured_at = payload.get("measured_at")
        moment = parse_moment(measured_at) if measured_at else None
        inspection._enter_results(
            payload["results"],
            source=payload.get("inspector") or message.system_id.name,
            measured_at=moment and moment.replace(tzinfo=None, microsecond=0),
        )
        verdict = inspection._judge()
        if verdict.state == "incomplete" or not payload.get("final", True):
            return self._answer_open(inspection, verdict)
        inspection._conclude(verdict)
        return HandlerResult(
            record=inspection,
            summary=self.env._(
                "%(name)s %(state)s", name=inspection.name, state=verdict.state
            ),
            data={
                "inspection": inspection.name,
                "verdict": verdict.state,
                "disposition": inspection._get_disposition(),
            },
        )

    def _answer_open(self, inspection, verdict):
        missing = ", ".join(verdict.missing) or self.env._("the final report")
        return HandlerResult(
            record=inspection,
            summary=self.env._("Results are in; still missing: %s", missing),
            data={"inspection": inspection.name, "verdict": "incomplete"},
        )

    def _find_inspection(self, message, payload):
        """Return the open inspection the results are for.

        :raises BusinessError: there is none, or it is decided already.
        """
        Inspection = self.env["quality.inspection"]
        if payload.get("inspection"):
            found = Inspection.search(
                [
                    ("name", "=", payload["inspection"]),
                    ("company_id", "=", message.company_id.id),
                ]
            )
            subject = payload["inspection"]
        else:
            product = self._resolve(message, "item", payload["item"])
            lot = self._resolve_lot(message, product, payload["lot"])
            found = Inspection.search([("lot_id", "=", lot.id)])
            subject = self.env._("lot %s", lot.name)
        inspection = found.filtered(lambda i: i.state in OPEN_STATES)[:1]
        if inspection:
            return inspection
        raise BusinessError(
            self.env._(
                "There are results for %(subject)s, but %(state)s.",
                subject=subject,
                state=self.env._("its inspection is decided already")
                if found
                else self.env._("nothing of it is to be inspected"),
            ),
            kind="supplier_quality.no_open_inspection",
            fingerprint=f"{payload.get('inspection') or payload.get('lot')}",
        )

    def _check_owner(self, message, inspection):
        """Where a system owns the results, only that one reports them.

        :raises BusinessError: ``supplier_quality.other_system``
        """
        # A machine may not read other systems; in a refusal it learns the owner's name.
        owner = inspection.sudo().system_id
        if owner and owner != message.system_id:
            raise BusinessError(
                self.env._(
                    "Results of %(inspection)s come from %(owner)s, its system of record, "
                    "and not from %(sender)s.",
                    inspection=inspection.name,
                    owner=owner.name,
                    sender=message.system_id.name,
                ),
                kind="supplier_quality.other_system",
                fingerprint=f"{message.system_id.id}:{inspection.plan_id.id}",
            )

    def _check_entry(self, inspection, entry):
        """Refuse what cannot be compared with the plan.

        :raises BusinessError: unknown characteristic, other unit, or no value.
        """
        problem = inspection._find_mismatch(entry)
        if problem:
            raise BusinessError(
                problem,
                kind="supplier_quality.result_mismatch",
                fingerprint=f"{inspection.plan_id.id}:{entry['characteristic']}",
            )
