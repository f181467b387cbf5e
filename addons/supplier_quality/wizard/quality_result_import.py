import base64
import csv
import io

from odoo import fields, models
from odoo.exceptions import UserError

from ..lib.entry import parse_number
from ..models.quality_inspection import OPEN_STATES

WORDS = {
    **dict.fromkeys(("1", "pass", "ok", "true", "yes"), True),
    **dict.fromkeys(("0", "fail", "nok", "false", "no"), False),
}


class QualityResultImport(models.TransientModel):
    """Results of any number of inspections from a CSV file: all of it, or nothing."""

    _name = "quality.result.import"
    _description = "Results from a File"

    document = fields.Binary(required=True, attachment=False)
    document_name = fields.Char()
    decide = fields.Boolean(string="Decide what is complete", default=True)

    def action_import(self):
        """Read the file and enter its results.

        Columns: ``inspection`` (our number) or ``lot``, ``characteristic``, and
        ``value`` (with ``unit``), ``conforming`` or ``nonconforming`` (of ``inspected``);
        ``sample`` where each sample has a row. Separated by comma, semicolon or tab.

        :raises UserError: names the first rows that do not fit, and why.
        """
        self.ensure_one()
        by_inspection, problems = {}, []
        for number, row in enumerate(self._read_rows(), start=2):
            try:
                inspection, entry = self._read_entry(row)
            except ValueError as error:
                problems.append(
                    self.env._("Row %(row)s: %(why)s", row=number, why=error)
                )
                continue
            by_inspection.setdefault(inspection, []).append(entry)
        for inspection, entries in by_inspection.items():
            if repetition := inspection._find_repetition(entries):
                problems.append(f"{inspection.name}: {repetition}")
        if problems:
            raise UserError("\n".join(problems[:10]))
        inspections = self.env["quality.inspection"].union(*by_inspection)
        for inspection, entries in by_inspection.items():
            inspection._check_may_enter()
            inspection._enter_results(
                entries, source=self.document_name or self.env.user.name
            )
        if self.decide:
            for inspection in inspections:
                verdict = inspection._judge()
                if verdict.state != "incomplete":
                    inspection._conclude(verdict)
        return inspections._get_records_action(name=self.env._("Imported results"))

    def _read_rows(self):
        try:
            text = base64.b64decode(self.document).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UserError(
                self.env._("The file is not UTF-8 text. Save it as CSV UTF-8.")
            ) from error
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
        if not rows or "characteristic" not in rows[0]:
            raise UserError(
                self.env._(
                    "The first line names the columns: inspection or lot, "
                    "characteristic, and value, conforming or nonconforming."
                )
            )
        return rows

    def _read_entry(self, row):
        """Return the inspection and entry of one row.

        :raises ValueError: says what does not fit.
        """
        cells = {key: (cell or "").strip() for key, cell in row.items() if key}
        inspection = self._find_inspection(cells)
        entry = {"characteristic": cells["characteristic"]}
        if cells.get("value"):
            entry["value"] = self._read_number(cells["value"])
            entry["unit"] = cells.get("unit", "")
        if cells.get("conforming"):
            word = cells["conforming"].lower()
            if word not in WORDS:
                raise ValueError(
                    self.env._("'%s' is neither pass nor fail.", cells["conforming"])
                )
            entry["conforming"] = WORDS[word]
        for name in ("nonconforming", "inspected", "sample"):
            if cells.get(name):
                if not cells[name].isdecimal():
                    raise ValueError(self.env._("'%s' is not a count.", cells[name]))
                entry[name] = int(cells[name])
        problem = inspection._find_mismatch(entry)
        if problem:
            raise ValueError(problem)
        return inspection, entry

    def _read_number(self, text):
        lang = self.env["res.lang"]._lang_get(self.env.user.lang or "en_US")
        return parse_number(
            text,
            decimal_point=lang.decimal_point,
            thousands_separator=lang.thousands_sep or "",
        )

    def _find_inspection(self, cells):
        if cells.get("inspection"):
            domain = [("name", "=", cells["inspection"])]
        else:
            domain = [("lot_id.name", "=", cells.get("lot", ""))]
        found = self.env["quality.inspection"].search(
            [*domain, ("state", "in", OPEN_STATES)]
        )
        if len(found) != 1:
            raise ValueError(
                self.env._(
                    "'%(what)s' has %(count)s open inspections; name one.",
                    what=cells.get("inspection") or cells.get("lot", ""),
                    count=len(found),
                )
            )
        return found
