from itertools import count

from odoo import fields, models

MAX_SAMPLES = 1_000_000  # more is a mistake, and no integer of the database


class QualityInspection(models.Model):
    """Results that arrive as data: from a laboratory's message or a file."""

    # A file for each side of the model: one of 600 lines would be hard to read.
    # pylint: disable=consider-merging-classes-inherited
    _inherit = "quality.inspection"

    def _find_mismatch(self, entry):
        """Return a sentence on why an entry cannot be compared with the plan, or None.

        :param entry: see ``_enter_results``.
        """
        self.ensure_one()
        characteristic = self._find_characteristic(entry["characteristic"])
        if not characteristic:
            return self.env._(
                "%(inspection)s has no characteristic '%(code)s'; its plan is '%(plan)s'.",
                inspection=self.name,
                code=entry["characteristic"],
                plan=self.plan_id.name,
            )
        for name, least in (("sample", 1), ("inspected", 1), ("nonconforming", 0)):
            if not least <= entry.get(name, least) <= MAX_SAMPLES:
                return self.env._(
                    "'%(count)s' is no number of a sample, or of samples, of '%(name)s'.",
                    name=characteristic.name,
                    count=entry[name],
                )
        if characteristic.kind == "measured":
            return self._find_value_mismatch(characteristic, entry)
        counted = "nonconforming" in entry
        if not counted and "conforming" not in entry:
            return self.env._(
                "'%s' is judged: send 'conforming', or how many are 'nonconforming'.",
                characteristic.name,
            )
        inspected = entry.get("inspected", self.sample_size)
        most = MAX_SAMPLES if self.plan_id._counts_nonconformities() else inspected
        if counted and not 0 <= entry["nonconforming"] <= most:
            return self.env._(
                "'%(name)s' cannot have %(count)s nonconforming of %(inspected)s.",
                name=characteristic.name,
                count=entry["nonconforming"],
                inspected=inspected,
            )
        return None

    def _find_repetition(self, entries):
        """Return a sentence on two entries about the same samples, or None.

        The later one would hide the earlier one. Values without a number of their sample
        are of one sample after the other.

        :param entries: that ``_find_mismatch`` has nothing to say against.
        """
        seen = set()
        for entry in entries:
            characteristic = self._find_characteristic(entry["characteristic"])
            if characteristic.kind == "measured" and "sample" not in entry:
                continue
            key = (characteristic, entry.get("sample", 1))
            if key in seen:
                return self.env._(
                    "'%(name)s' of sample %(sample)s is reported twice. Number the samples.",
                    name=characteristic.name,
                    sample=key[1],
                )
            seen.add(key)
        return None

    def _find_value_mismatch(self, characteristic, entry):
        if "value" not in entry:
            return self.env._("'%s' is measured: send a value.", characteristic.name)
        if entry.get("unit") and entry["unit"] != (characteristic.unit or ""):
            return self.env._(
                "'%(name)s' is kept in '%(ours)s', the result is in '%(theirs)s'.",
                name=characteristic.name,
                ours=characteristic.unit or "",
                theirs=entry["unit"],
            )
        return None

    def _find_characteristic(self, code):
        return self.plan_id.characteristic_ids.filtered(lambda one: one.code == code)

    def _enter_results(self, entries, *, source, measured_at=None):
        """Store results that ``_find_mismatch`` has nothing to say against.

        What was measured before the result on record does not replace it, so that
        reports that overtake each other end the same.

        :param entries: dicts with ``characteristic`` and ``value`` (of ``sample``), or
            ``conforming`` (of ``sample``, else of all samples), or ``nonconforming`` (of
            ``inspected``, else of all samples). Values that name no sample are of one
            after the other.
        :param measured_at: naive UTC.
        """
        self.ensure_one()
        self.check_access("write")
        # People may not choose where a result comes from; here it is known.
        inspection = self.sudo().with_context(quality_results_by_message=True)
        if measured_at:
            # A clock that is fast would keep every correction out.
            measured_at = min(measured_at, fields.Datetime.now())
        for entry in inspection._number_samples(entries):
            characteristic = inspection._find_characteristic(entry["characteristic"])
            vals = inspection._prepare_result_vals(characteristic, entry)
            row = inspection._find_row(characteristic, vals["sample_number"])
            late = row.is_entered and row.measured_at and measured_at
            if late and measured_at < row.measured_at:
                continue
            vals |= {"source": source, "measured_at": measured_at or False}
            if row:
                row.write(vals)
            else:
                row.create(dict(vals, inspection_id=self.id))
        self._set_started()

    def _number_samples(self, entries):
        """Return entries whose values each have the number of their sample."""
        named = {(one["characteristic"], one["sample"]) for one in entries if "sample" in one}
        numbered = []
        for entry in entries:
            characteristic = self._find_characteristic(entry["characteristic"])
            if characteristic.kind == "measured" and "sample" not in entry:
                code = entry["characteristic"]
                sample = next(one for one in count(1) if (code, one) not in named)
                named.add((code, sample))
                numbered.append(dict(entry, sample=sample))
            else:
                numbered.append(entry)
        return numbered

    def _is_on_record(self, entries):
        """Tell whether results say nothing that was not entered already.

        :param entries: see ``_enter_results``.
        """
        return all(
            not self._find_mismatch(entry) and self._is_entered(entry)
            for entry in self._number_samples(entries)
        )

    def _is_entered(self, entry):
        characteristic = self._find_characteristic(entry["characteristic"])
        vals = self._prepare_result_vals(characteristic, entry)
        row = self._find_row(characteristic, vals["sample_number"])
        told = {name: vals[name] for name in vals.keys() - {"characteristic_id"}}
        return bool(row) and all(row[name] == value for name, value in told.items())

    def _find_row(self, characteristic, sample):
        return self.result_ids.filtered(
            lambda row: (
                row.characteristic_id == characteristic and row.sample_number == sample
            )
        )

    def _prepare_result_vals(self, characteristic, entry):
        vals = {
            "characteristic_id": characteristic.id,
            "sample_number": entry.get("sample", 1),
            "is_entered": True,
        }
        if characteristic.kind == "measured":
            return dict(vals, value=entry["value"])
        needed = characteristic._get_sample_count(self.sample_size)
        if "nonconforming" in entry:
            count, items = entry["nonconforming"], entry.get("inspected", needed)
        else:
            count, items = int(not entry["conforming"]), needed
            if "sample" in entry:
                items = 1
                self._count_separately(characteristic)
        return dict(
            vals,
            sample_count=items,
            judgement="fail" if count else "pass",
            nonconforming_count=count,
        )

    def _count_separately(self, characteristic):
        """Let the row for all samples be the row of the first one, before it is filled."""
        self.result_ids.filtered(
            lambda row: (
                row.characteristic_id == characteristic
                and not row.is_entered
                and row.sample_count > 1
            )
        ).sample_count = 1
