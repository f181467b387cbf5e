from odoo import fields, models
from odoo.exceptions import AccessError, UserError

MANAGER = "lot_disposition.lot_disposition_group_manager"


class QualityInspection(models.Model):
    """From results to the verdict, and from the verdict to the lot."""

    _inherit = "quality.inspection"

    def action_start(self):
        """Begin: one row per characteristic and sample, ready for entry."""
        for inspection in self:
            inspection._check_open()
            if not inspection.plan_id.characteristic_ids:
                raise UserError(
                    self.env._(
                        "The plan %s has no characteristics yet. Add them first.",
                        inspection.plan_id.display_name,
                    )
                )
            inspection.check_access("write")
            inspection._set_started()
            inspection._create_missing_results()
        return True

    def action_conclude(self):
        """Confirm what the results say; the lot follows in the same transaction.

        :raises UserError: when results are missing and none has failed.
        """
        for inspection in self:
            inspection._check_open()
            inspection.check_access("write")
            if inspection.verdict == "open":
                raise UserError(
                    self.env._(
                        "%(inspection)s has no verdict yet. %(missing)s",
                        inspection=inspection.name,
                        missing=inspection.verdict_text,
                    )
                )
            inspection._conclude()
        return True

    def action_cancel(self):
        """Give up an inspection. The lot stays on hold until a manager decides."""
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(
                self.env._("Only the quality manager can cancel an inspection.")
            )
        for inspection in self:
            inspection._check_open()
            inspection._set_cancelled(
                self.env._("Cancelled. The disposition of the lot stays as it is.")
            )
        return True

    def _check_open(self):
        """Refuse to touch what was decided.

        :raises UserError: names the inspection and its state.
        """
        for inspection in self.filtered(lambda one: not one._is_open()):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Inspection %(inspection)s is %(state)s and stays as it is. Create "
                    "another inspection of the lot instead.",
                    inspection=inspection.name,
                    state=labels[inspection.state].lower(),
                )
            )

    def _set_started(self):
        waiting = self.filtered(lambda one: one.state == "draft")
        # Callers checked the right to write; the state has no other writer.
        waiting.sudo().write({"state": "in_progress"})

    def _set_cancelled(self, reason):
        self.sudo().write({"state": "cancelled"})  # see _set_started
        self.activity_unlink(["mail.mail_activity_data_todo"])
        for inspection in self:
            inspection.message_post(body=reason)

    def _create_missing_results(self):
        """Prepare the rows that nobody has recorded yet."""
        self.ensure_one()
        there = {
            (result.characteristic_id, result.sample_number)
            for result in self.result_ids
        }
        self.env["quality.inspection.result"].create(
            [
                {
                    "inspection_id": self.id,
                    "characteristic_id": characteristic.id,
                    "sample_number": number,
                }
                for characteristic in self.plan_id.characteristic_ids
                for number in range(1, self.sample_size + 1)
                if (characteristic, number) not in there
            ]
        )

    def _conclude(self):
        """Apply the verdict: state, lot and, where it failed, a nonconformance."""
        self.ensure_one()
        self.sudo().write(  # see _set_started
            {
                "state": self.verdict,
                "decided_at": fields.Datetime.now(),
                "decided_by_id": self.env.uid,
            }
        )
        self.message_post(body=self.verdict_text)
        self.activity_feedback(["mail.mail_activity_data_todo"])
        if self.state == "passed":
            self._on_passed()
        else:
            self._on_failed()

    def _on_passed(self):
        """Release the lot, if this inspection was the last thing it waited for."""
        lot = self.lot_id
        if lot.open_inspection_count:
            self.message_post(
                body=self.env._("Lot %s waits for another inspection.", lot.name)
            )
        elif lot.disposition == "pending":
            lot._set_disposition(
                "released",
                self.env._("Passed inspection %s", self.name),
                path="inspection",
                origin=self,
            )
        elif lot.disposition != "released":
            # Somebody else holds the lot for another reason: not ours to lift.
            self.message_post(
                body=self.env._(
                    "Lot %(lot)s stays %(status)s: an inspection does not lift what it "
                    "did not place.",
                    lot=lot.name,
                    status=lot._get_disposition_label(),
                )
            )

    def _on_failed(self):
        """Quarantine the lot and open a nonconformance that names the values."""
        failures = self._describe_failures(self._judge())
        if self.lot_id.disposition != "rejected":
            self.lot_id._set_disposition(
                "quarantined",
                self.env._(
                    "Failed inspection %(inspection)s: %(failures)s",
                    inspection=self.name,
                    failures=failures,
                ),
                path="inspection",
                origin=self,
            )
        return self.env["quality.nonconformance"].create(
            self._prepare_nonconformance_vals(failures)
        )

    def _prepare_nonconformance_vals(self, failures):
        codes = [one.code for one in self._judge().failures]
        return {
            "inspection_id": self.id,
            "lot_id": self.lot_id.id,
            "picking_id": self.picking_id.id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "quantity": self.quantity,
            "defect_code": ", ".join(dict.fromkeys(codes)),
            "description": failures,
            "user_id": self.user_id.id,
        }

    # Results by message ----------------------------------------------------

    def _find_result(self, reading):
        self.ensure_one()
        return self.result_ids.filtered(
            lambda result: (
                result.characteristic_id.id == reading["characteristic_id"]
                and result.sample_number == reading["sample_number"]
            )
        )

    def _is_news(self, reading):
        """Tell whether a reading changes what is on record.

        What was measured before the result on record is no news, so that reports that
        overtake each other end the same.
        """
        result = self._find_result(reading)
        if result.conformity in (False, "open"):
            return True
        if reading["measured_at"] < result.measured_at:
            return False
        return any(
            reading[name] != result[name]
            for name in ("value", "outcome")
            if name in reading
        )

    def _record_results(self, readings, message):
        """Store readings of another system.

        :param readings: values of ``quality.inspection.result``, each with
            ``characteristic_id``, ``sample_number`` and ``measured_at``.
        """
        self.ensure_one()
        self.check_access("write")
        # People may not choose where a result comes from; here it is known.
        inspection = self.sudo()
        for reading in readings:
            vals = dict(reading, source="message", message_uuid=message.uuid)
            result = inspection._find_result(reading)
            if result:
                inspection._note_replaced(result)
                result.write(vals)
            else:
                result.create(dict(vals, inspection_id=self.id))

    def _note_replaced(self, result):
        """Leave a trace of a value that a later report replaces."""
        if result.conformity == "open":
            return
        self.message_post(
            body=self.env._(
                "Replaced by a later report: %(result)s, measured %(moment)s.",
                result=result._describe(),
                moment=fields.Datetime.to_string(result.measured_at),
            )
        )

    def _prepare_answer(self):
        """Return what the sender may read at the status endpoint."""
        self.ensure_one()
        return {
            "inspection": self.name,
            "state": self.state,
            "lot": self.lot_id.name,
            "disposition": self.lot_id.disposition,
        }
