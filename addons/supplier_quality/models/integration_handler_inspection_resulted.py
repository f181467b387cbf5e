from odoo import models

from odoo.addons.integration_core.lib.envelope import parse_moment
from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult


class InspectionResultedHandler(models.AbstractModel):
    """Takes results from a laboratory; the verdict follows from them.

    Safe to repeat and to shuffle: a result older than the one on record is left out, and
    a report that says what is on record already changes nothing.
    """

    _name = "integration.handler.inspection.resulted"
    _inherit = "integration.handler"
    _description = "Inspection results handler"

    def _handle(self, message):
        inspection = self._find_inspection(message)
        readings = self._read_results(message, inspection)
        news = [one for one in readings if inspection._is_news(one)]
        if not news:
            return HandlerResult(
                record=inspection,
                outcome="ignored",
                summary=self.env._("%s has these results already.", inspection.name),
                data=inspection._prepare_answer(),
            )
        if not inspection._is_open():
            self._raise_decided(inspection)
        inspection._record_results(news, message)
        self._conclude(inspection, final=message.payload.get("final", True))
        return HandlerResult(
            record=inspection,
            summary=self._summarize(inspection, len(news)),
            data=inspection._prepare_answer(),
        )

    def _conclude(self, inspection, *, final):
        """Apply the verdict once it cannot change any more.

        A failure decides at once only when the laboratory says it is through: until then
        the other failing values are worth waiting for.
        """
        complete = inspection._judge().complete
        if complete or (final and inspection.verdict == "failed"):
            inspection._conclude()

    def _summarize(self, inspection, count):
        labels = dict(inspection._fields["state"]._description_selection(self.env))
        return self.env._(
            "%(count)s results for %(inspection)s: %(state)s. %(text)s",
            count=count,
            inspection=inspection.name,
            state=labels[inspection.state],
            text=inspection.verdict_text,
        )

    # Finding ---------------------------------------------------------------

    def _find_inspection(self, message):
        """Return the inspection by its number, else by item and lot.

        :raises BusinessError: ``supplier_quality.no_inspection``
        """
        number = message.payload.get("inspection")
        if number:
            return self._find_by_number(message, number)
        product = self._resolve(message, "item", message.payload["item"])
        lot = self._resolve_lot(message, product, message.payload["lot"])
        inspections = self.env["quality.inspection"].search(
            [("lot_id", "=", lot.id), ("company_id", "=", message.company_id.id)]
        )
        waiting = inspections.filtered(lambda one: one._is_open())
        # A late copy of a report belongs to what it decided.
        decided = inspections.filtered(lambda one: one.state in ("passed", "failed"))
        found = waiting or decided[:1]
        if len(found) == 1:
            return found
        return self._raise_not_found(
            lot.display_name,
            self.env._("Lot %s has several open inspections; name one.", lot.name)
            if found
            else self.env._("No inspection of lot %s was asked for.", lot.name),
        )

    def _find_by_number(self, message, number):
        inspection = self.env["quality.inspection"].search(
            [("name", "=", number), ("company_id", "=", message.company_id.id)]
        )
        if inspection:
            self._check_goods(message, inspection)
            return inspection
        return self._raise_not_found(
            number, self.env._("There is no inspection %s.", number)
        )

    def _check_goods(self, message, inspection):
        """A number with another lot beside it is a mix-up of samples, not a detail."""
        lot = message.payload.get("lot")
        known = {inspection.lot_id.name, self._get_mapped_lot_code(message, inspection)}
        if lot and lot not in known:
            raise BusinessError(
                self.env._(
                    "The report names lot %(given)s, but %(inspection)s is about lot "
                    "%(expected)s.",
                    given=lot,
                    inspection=inspection.name,
                    expected=inspection.lot_id.name,
                ),
                kind="supplier_quality.result_mismatch",
                fingerprint=f"{inspection.name}:lot",
            )

    def _get_mapped_lot_code(self, message, inspection):
        return self.env["integration.mapping"]._to_external(
            message.system_id, "lot", inspection.lot_id
        )

    def _raise_not_found(self, what, text):
        raise BusinessError(
            text, kind="supplier_quality.no_inspection", fingerprint=what
        )

    def _raise_decided(self, inspection):
        labels = dict(inspection._fields["state"]._description_selection(self.env))
        raise BusinessError(
            self.env._(
                "%(inspection)s is %(state)s already, and this report says something "
                "else.",
                inspection=inspection.name,
                state=labels[inspection.state].lower(),
            ),
            kind="supplier_quality.inspection_decided",
            fingerprint=inspection.name,
        )

    # Reading ---------------------------------------------------------------

    def _read_results(self, message, inspection):
        """Return one reading per result, see ``_read_result``."""
        readings = {}
        for line in message.payload["results"]:
            reading = self._read_result(message, inspection, line)
            key = (reading["characteristic_id"], reading["sample_number"])
            if key in readings:
                self._raise_mismatch(
                    inspection.plan_id,
                    f"double:{line['characteristic']}",
                    self.env._(
                        "The report has two results for %(code)s, sample %(number)s.",
                        code=line["characteristic"],
                        number=reading["sample_number"],
                    ),
                )
            readings[key] = reading
        return list(readings.values())

    def _read_result(self, message, inspection, line):
        """Return the values of one ``quality.inspection.result``."""
        characteristic = self._find_characteristic(inspection, line["characteristic"])
        self._check_sample(inspection, line.get("sample", 1))
        return {
            "characteristic_id": characteristic.id,
            "sample_number": line.get("sample", 1),
            **self._read_outcome(characteristic, line),
            "inspector": line.get("inspector") or message.payload.get("inspector"),
            "measured_at": self._read_moment(message, line),
        }

    def _find_characteristic(self, inspection, code):
        """:raises BusinessError: ``supplier_quality.unknown_characteristic``"""
        characteristics = inspection.plan_id.characteristic_ids
        found = characteristics.filtered(lambda one: one.code == code)
        if found:
            return found
        raise BusinessError(
            self.env._(
                "%(inspection)s has no characteristic '%(code)s'. Its plan %(plan)s "
                "knows: %(codes)s.",
                inspection=inspection.name,
                code=code,
                plan=inspection.plan_id.display_name,
                codes=", ".join(characteristics.mapped("code")) or "–",
            ),
            kind="supplier_quality.unknown_characteristic",
            fingerprint=f"{inspection.plan_id.id}:{code}",
        )

    def _check_sample(self, inspection, number):
        if number > inspection.sample_size:
            self._raise_mismatch(
                inspection.plan_id,
                "sample",
                self.env._(
                    "%(inspection)s takes %(size)s samples; the report has a sample "
                    "%(number)s.",
                    inspection=inspection.name,
                    size=inspection.sample_size,
                    number=number,
                ),
            )

    def _read_outcome(self, characteristic, line):
        """Return value or outcome; a unit is compared, never converted."""
        if characteristic.kind == "attribute":
            if "conform" not in line:
                self._raise_mismatch(
                    characteristic.plan_id,
                    characteristic.code,
                    self.env._(
                        "%s passes or fails; the report has a value instead.",
                        characteristic.name,
                    ),
                )
            return {"outcome": "pass" if line["conform"] else "fail"}
        unit = (line.get("unit") or "").strip()
        if "value" not in line or unit != (characteristic.unit or "").strip():
            self._raise_mismatch(
                characteristic.plan_id,
                characteristic.code,
                self.env._(
                    "%(name)s is a value in '%(expected)s'; the report has %(given)s.",
                    name=characteristic.name,
                    expected=characteristic.unit or "",
                    given=f"'{unit}'" if "value" in line else self.env._("none"),
                ),
            )
        return {"value": line["value"]}

    def _read_moment(self, message, line):
        text = line.get("measured_at") or message.payload.get("measured_at")
        moment = text and parse_moment(text)
        if text and not moment:
            raise BusinessError(self.env._("'%s' is not a moment.", text))
        moment = moment or message.occurred_at or message.received_at
        return moment.replace(microsecond=0)

    def _raise_mismatch(self, plan, detail, text):
        raise BusinessError(
            text,
            kind="supplier_quality.result_mismatch",
            fingerprint=f"{plan.id}:{detail}",
        )
