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
        self._enter_results(inspection, payload)
        verdict = inspection._judge()
        if verdict.state == "incomplete":
            inspection.action_start()
            return HandlerResult(
                record=inspection,
                summary=self.env._(
                    "Results are in; still missing: %s", ", ".join(verdict.missing)
                ),
            )
        inspection._conclude(verdict)
        return HandlerResult(
            record=inspection,
            summary=self.env._(
                "%(name)s %(state)s", name=inspection.name, state=verdict.state
            ),
            data={
                "inspection": inspection.name,
                "verdict": verdict.state,
                "disposition": inspection.lot_id.disposition,
            },
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

    def _enter_results(self, inspection, payload):
        characteristics = {
            characteristic.code: characteristic
            for characteristic in inspection.plan_id.characteristic_ids
        }
        for entry in payload["results"]:
            characteristic = characteristics.get(entry["characteristic"])
            self._check_entry(inspection, characteristic, entry)
            vals = self._prepare_result_vals(characteristic, entry, payload)
            line = inspection.result_ids.filtered(
                lambda r, c=characteristic, n=vals["sample_number"]: (
                    r.characteristic_id == c and r.sample_number == n
                )
            )
            if line:
                line.write(vals)
            else:
                inspection.result_ids.create(dict(vals, inspection_id=inspection.id))

    def _check_entry(self, inspection, characteristic, entry):
        """Refuse what cannot be compared with the plan.

        :raises BusinessError: unknown characteristic, other unit, or no value.
        """
        problem = None
        if not characteristic:
            problem = self.env._(
                "%(inspection)s has no characteristic '%(code)s'; its plan is '%(plan)s'.",
                inspection=inspection.name,
                code=entry["characteristic"],
                plan=inspection.plan_id.name,
            )
        elif characteristic.kind == "measured" and "value" not in entry:
            problem = self.env._("'%s' is measured: send a value.", characteristic.name)
        elif characteristic.kind == "attributive" and "conforming" not in entry:
            problem = self.env._(
                "'%s' is judged: send 'conforming'.", characteristic.name
            )
        elif (
            characteristic.kind == "measured"
            and entry.get("unit")
            and entry["unit"] != (characteristic.unit or "")
        ):
            problem = self.env._(
                "'%(name)s' is kept in '%(ours)s', the result is in '%(theirs)s'.",
                name=characteristic.name,
                ours=characteristic.unit or "",
                theirs=entry["unit"],
            )
        if problem:
            raise BusinessError(
                problem,
                kind="supplier_quality.result_mismatch",
                fingerprint=f"{inspection.plan_id.id}:{entry['characteristic']}",
            )

    def _prepare_result_vals(self, characteristic, entry, payload):
        measured_at = payload.get("measured_at")
        vals = {
            "characteristic_id": characteristic.id,
            "sample_number": entry.get("sample", 1),
            "is_entered": True,
            "source": payload.get("inspector") or False,
            "measured_at": parse_moment(measured_at) if measured_at else False,
        }
        if characteristic.kind == "measured":
            vals["value"] = entry["value"]
        else:
            vals["judgement"] = "pass" if entry["conforming"] else "fail"
        return vals
