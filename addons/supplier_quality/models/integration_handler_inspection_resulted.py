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
        inspections, subject = self._find_inspections(message, payload)
        repeated = inspections.filtered(lambda one: one._is_on_record(payload["results"]))
        if repeated and not inspections.filtered(lambda one: one.state in OPEN_STATES):
            return self._answer_again(repeated[:1])
        inspection = self._get_open_one(inspections, subject, payload)
        self._check_owner(message, inspection)
        self._check_entries(inspection, payload["results"])
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

    def _answer_again(self, inspection):
        return HandlerResult(
            record=inspection,
            outcome="ignored",
            summary=self.env._("%s has these results already.", inspection.name),
            data={
                "inspection": inspection.name,
                "verdict": inspection.state,
                "disposition": inspection._get_disposition(),
            },
        )

    def _find_inspections(self, message, payload):
        """Return the inspections the results can be for, and how people call their goods."""
        Inspection = self.env["quality.inspection"]
        if payload.get("inspection"):
            domain = [
                ("name", "=", payload["inspection"]),
                ("company_id", "=", message.company_id.id),
            ]
            named = Inspection.search(domain)
            self._check_named_lot(message, named, payload)
            return named, payload["inspection"]
        product = self._resolve(message, "item", payload["item"])
        lot = self._resolve_lot(message, product, payload["lot"])
        return (
            Inspection.search([("lot_id", "=", lot.id)]),
            self.env._("lot %s", lot.name),
        )

    def _check_named_lot(self, message, inspection, payload):
        """A sample with two labels is nobody's: results that name another lot wait.

        :raises BusinessError: ``supplier_quality.result_mismatch``
        """
        lot, code = inspection.lot_id, payload.get("lot")
        if not lot or not code or lot.name == code:
            return
        known = lot.browse()
        if payload.get("item"):
            product = self._resolve(message, "item", payload["item"])
            known = self._resolve_lot(message, product, code)
        if known != lot:
            raise BusinessError(
                self.env._(
                    "%(inspection)s is of lot %(ours)s, the results are of lot %(theirs)s.",
                    inspection=inspection.name,
                    ours=lot.name,
                    theirs=code,
                ),
                kind="supplier_quality.result_mismatch",
                fingerprint=f"{inspection.id}:{code}",
            )

    def _get_open_one(self, inspections, subject, payload):
        """Return the open inspection the results are for.

        :raises BusinessError: there is none, it is decided already, or there are several.
        """
        waiting = inspections.filtered(lambda i: i.state in OPEN_STATES)
        if len(waiting) == 1:
            return waiting
        if waiting:
            # Results on the wrong goods would decide about both.
            why = self.env._(
                "it has several open inspections (%s): name one",
                ", ".join(waiting.mapped("name")),
            )
        elif inspections:
            why = self.env._("its inspection is decided already")
        else:
            why = self.env._("nothing of it is to be inspected")
        raise BusinessError(
            self.env._(
                "There are results for %(subject)s, but %(state)s.",
                subject=subject,
                state=why,
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

    def _check_entries(self, inspection, entries):
        """Refuse what cannot be compared with the plan.

        :raises BusinessError: unknown characteristic, other unit, no value, or one sample
            reported twice.
        """
        for entry in entries:
            self._refuse(inspection, entry, inspection._find_mismatch(entry))
        self._refuse(inspection, entries[0], inspection._find_repetition(entries))

    def _refuse(self, inspection, entry, problem):
        if problem:
            raise BusinessError(
                problem,
                kind="supplier_quality.result_mismatch",
                fingerprint=f"{inspection.plan_id.id}:{entry['characteristic']}",
            )
