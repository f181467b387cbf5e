from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.verdict import Numbers, judge

NAMED_FINDINGS = 5


class QualityInspection(models.Model):
    """From results to the verdict, and from the verdict to the lot."""

    _inherit = "quality.inspection"

    def action_decide(self):
        """Judge the results; the disposition of the lot follows.

        :raises UserError: when results are missing.
        """
        self.check_access("write")
        for inspection in self:
            inspection._check_open()
            verdict = inspection._judge()
            if verdict.state == "incomplete":
                raise UserError(
                    self.env._(
                        "%(inspection)s lacks results for: %(missing)s.",
                        inspection=inspection.name,
                        missing=", ".join(verdict.missing),
                    )
                )
            inspection._conclude(verdict)

    def _judge(self):
        """Return the ``lib.verdict.Verdict`` on what has been entered so far."""
        self.ensure_one()
        readings = {}
        for result in self.result_ids.filtered("is_entered"):
            readings.setdefault(result.characteristic_id.code, []).append(
                result._prepare_reading()
            )
        characteristics = [
            characteristic._prepare_characteristic(self.sample_size)
            for characteristic in self.plan_id.characteristic_ids
        ]
        return judge(
            characteristics,
            readings,
            Numbers(
                self.acceptance,
                self.rejection,
                per_hundred=self.plan_id._counts_nonconformities(),
            ),
        )

    def _conclude(self, verdict):
        """Close with a verdict and let the disposition follow, in this transaction."""
        self.ensure_one()
        findings = "; ".join(self._list_findings(verdict))
        # Callers checked the right to write; these fields have no other writer.
        self.sudo().write(
            {
                "state": verdict.state,
                "findings": findings,
                "nonconforming": verdict.nonconforming,
                "decided_at": fields.Datetime.now(),
                "decided_by_id": self.env.uid,
            }
        )
        self.activity_feedback(["mail.mail_activity_data_todo"])
        if self._is_original():
            self._record_sampling(kind="lot", accepted=verdict.state == "passed")
        if verdict.state == "failed":
            self._on_failed(verdict)
        else:
            self._on_passed()

    def _is_original(self):
        """Tell whether switching counts this: goods submitted for the first time.

        What is inspected again, after sorting or because somebody asks for it, says nothing
        about the next lot (ISO 2859-1, 9.3).
        """
        if self.operation != "demand":
            return True
        if self.plan_id.operation != "demand":
            return False
        # The ledger counts for everybody, whoever may read it.
        lots = self.lot_id.sudo()._get_lineage() if self.lot_id else self.lot_id
        return not self.sudo()._get_history().inspection_id.lot_id & lots

    def _list_findings(self, verdict):
        """Return sentences on what was found and what the limit is, the first of many."""
        sentences = [
            self._describe_failure(characteristic, reading)
            for characteristic, reading in verdict.failures[:NAMED_FINDINGS]
        ]
        more = len(verdict.failures) - NAMED_FINDINGS
        return [*sentences, *([self.env._("and %s more", more)] if more > 0 else [])]

    def _describe_failure(self, characteristic, reading):
        if reading.value is not None:
            unit = f" {characteristic.unit}" if characteristic.unit else ""
            limits = self._describe_limits(characteristic)
            return f"{characteristic.name} {reading.value:.15g}{unit} ({limits})"
        if reading.items == 1:
            return self.env._("%s not conforming", characteristic.name)
        return self.env._(
            "%(name)s: %(count)s of %(items)s not conforming",
            name=characteristic.name,
            count=1 if reading.nonconforming is None else reading.nonconforming,
            items=reading.items,
        )

    def _describe_limits(self, characteristic):
        limits = []
        if characteristic.lower is not None:
            limits.append(self.env._("min %s", f"{characteristic.lower:.15g}"))
        if characteristic.upper is not None:
            limits.append(self.env._("max %s", f"{characteristic.upper:.15g}"))
        return ", ".join(limits)

    def _record_sampling(self, **values):
        """Append this lot to the sampling ledger and say when the procedure changes."""
        # Deciding is the right that was checked; the ledger has no other writer, and the
        # procedure follows from all of it, also from what the user may not read.
        before = self.sudo()._get_history()._fold(self.plan_id).procedure
        entry = (
            self.env["quality.sampling.entry"]
            .sudo()
            ._record(
                self.plan_id,
                self.product_id,
                self.partner_id,
                inspection_id=self.id,
                nonconforming=self.nonconforming,
                acceptance=self.acceptance,
                tighter_acceptance=self.tighter_acceptance,
                **values,
            )
        )
        if entry.procedure != before:
            self._on_procedure_changed(entry)
        return entry

    def _on_procedure_changed(self, entry):
        """Hook: the switching rules have just changed how the next lots are inspected."""
        labels = dict(entry._fields["procedure"]._description_selection(self.env))
        body = self.env._(
            "From the next lot on inspection of %(product)s from %(supplier)s is "
            "%(procedure)s.",
            product=self.product_id.display_name,
            supplier=self.partner_id.name or self.env._("our own production"),
            procedure=labels[entry.procedure].lower(),
        )
        self.message_post(body=body)
        if entry.procedure == "discontinued" and self.plan_id.user_id:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=body,
                user_id=self.plan_id.user_id.id,
            )

    def _on_passed(self):
        """Release the lot, if this was the last thing it waited for."""
        if self.lot_id.disposition == "pending":
            obstacles = self.lot_id._release_if_ready(self)
            if obstacles:
                self.message_post(body=" ".join(obstacles))

    def _on_failed(self, verdict):
        """Quarantine the lot and open a nonconformance that names the values.

        Goods without a lot stay in the quarantine place that holds them.
        """
        if self.lot_id and self.lot_id.disposition != "rejected":
            self.lot_id._set_disposition(
                "quarantined",
                self.env._(
                    "%(inspection)s failed: %(findings)s",
                    inspection=self.name,
                    findings=self.findings,
                ),
                path="inspection",
                origin=self,
            )
        # People may not choose which inspection failed; here it is known.
        nonconformance = (
            self.env["quality.nonconformance"]
            .sudo()
            .create(self._prepare_nonconformance_vals())
        )
        nonconformance._set_contained()
        self.env["integration.message"]._announce(
            "inspection.failed",
            self,
            lambda inspection: inspection._prepare_failed_payload(verdict),
        )

    def _prepare_nonconformance_vals(self):
        failing = self.result_ids.filtered(
            lambda r: r.is_entered and not r.is_conforming
        )
        codes = failing.defect_code_id or failing.characteristic_id.defect_code_ids
        severities = failing.characteristic_id.mapped("severity")
        severity = next(
            (one for one in ("critical", "major", "minor") if one in severities),
            "major",
        )
        return {
            "inspection_id": self.id,
            "lot_id": self.lot_id.id,
            "product_id": self.product_id.id,
            "picking_id": self.picking_id.id,
            "partner_id": self.partner_id.id,
            "quantity": self.quantity,
            "company_id": self.company_id.id,
            "description": self.findings,
            "severity": severity,
            "defect_code_ids": codes.ids,
        }

    def _prepare_failed_payload(self, verdict):
        self.ensure_one()
        return {
            "inspection": self.name,
            "item": self.product_id._get_item_code(),
            "lot": self.lot_id.name or None,
            "transfer": self.picking_id.name or None,
            "partner": self.partner_id.ref or self.partner_id.name or None,
            "findings": self._list_findings(verdict),
        }

    def _check_may_enter(self):
        """Refuse entry by hand where another system owns the results.

        :raises UserError: names the system.
        """
        for inspection in self.filtered(lambda _one: not self.env.su):
            # Whoever inspects need not read connected systems.
            system = inspection.sudo().system_id
            if system and self.env.user != system.user_id:
                raise UserError(
                    self.env._(
                        "Results of %(inspection)s come from %(system)s, which is their "
                        "system of record. Enter them there.",
                        inspection=inspection.name,
                        system=system.name,
                    )
                )

    def action_enter_all_conforming(self):
        """Judge every characteristic that is only looked at, and not yet judged, as good."""
        self.check_access("write")
        self._check_open()
        rows = self.result_ids.filtered(
            lambda row: row.kind == "attributive" and not row.is_entered
        )
        if not rows:
            raise AccessError(self.env._("There is nothing left to judge."))
        rows.judgement = "pass"
