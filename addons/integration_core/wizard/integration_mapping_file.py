import base64
import math
from typing import NamedTuple

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib.mapping_file import MappingFileError, read_rows, write_rows
from .mapping_lookup import MappingLookup

FAULTS_SHOWN = 20
# Told by a line, to find its mapping, and computed by the mapping itself.
DERIVED = ("plant_ref", "holder_ref")


class PlannedLine(NamedTuple):
    """What a line of the file does to a mapping, or to an empty one: make it."""

    number: int
    mapping: models.Model
    vals: dict


class IntegrationMappingFile(models.TransientModel):
    """Mappings out to a spreadsheet and back, with a look at what would change."""

    _name = "integration.mapping.file"
    _description = "Mappings as a File"

    content = fields.Binary(string="CSV file")
    file_name = fields.Char(default="mappings.csv")
    summary = fields.Text(readonly=True)
    is_checked = fields.Boolean(readonly=True)

    # Out ----------------------------------------------------------------

    @api.model
    def action_export(self, domain=None):
        """Write the mappings a person sees, or those of a domain, and offer the file."""
        mappings = self.env["integration.mapping"].search(
            domain or [("state", "!=", "retired")], order="domain_id, external_code, id"
        )
        text = write_rows(self._prepare_row(mapping) for mapping in mappings)
        wizard = self.create(
            {"content": base64.b64encode(b"\xef\xbb\xbf" + text.encode())}
        )
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{wizard.id}/content/mappings.csv"
            "?download=true",
        }

    def _prepare_row(self, mapping):
        domain = mapping.domain_id
        record = self.env[mapping.res_model].browse(mapping.res_id).exists()
        return {
            "domain": domain.code,
            "system": mapping.system_id.code or "",
            "company": mapping.company_id.name or "",
            "plant": mapping._get_plant_code(),
            "external_code": mapping.external_code,
            "record": domain._get_key(record) if record else "",
            # The shortest text that is read back as the same number.
            "factor": repr(mapping.factor) if mapping.factor != 1 else "",
            "rounding": repr(mapping.rounding) if mapping.rounding else "",
            "valid_from": str(mapping.valid_from or ""),
            "valid_to": str(mapping.valid_to or ""),
            "state": mapping.state,
        }

    # In -----------------------------------------------------------------

    def action_check(self):
        """Say what the file would do: all of it is done and undone."""
        self.ensure_one()
        new, changed, same, plan = self._plan()
        with self.env.cr.savepoint() as savepoint:
            faults = self._apply(plan)
            savepoint.rollback()
        if faults:
            raise UserError(self._tell_faults(faults))
        self.summary = self.env._(
            "%(new)s new, %(changed)s changed, %(same)s as they are.",
            new=new,
            changed=changed,
            same=same,
        )
        self.is_checked = True
        return self._reopen()

    def action_import(self):
        """Do it: all lines, or none of them."""
        self.ensure_one()
        *_counts, plan = self._plan()
        with self.env.cr.savepoint():
            if faults := self._apply(plan):
                raise UserError(self._tell_faults(faults))
        return self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_mapping_action"
        )

    def _apply(self, lines):
        """Write lines. Where some cannot be written, the others are, for the caller to undo.

        :param lines: list of ``PlannedLine``, those that end or change a mapping first.
        :returns: list of ``(number, sentence)`` of the lines that cannot.
        """
        try:
            with self.env.cr.savepoint():
                for line in lines:
                    if line.mapping:
                        line.mapping.write(line.vals)
                new = [line.vals for line in lines if not line.mapping]
                self.env["integration.mapping"].create(new)
        except (UserError, IntegrityError) as error:
            if len(lines) == 1:
                return [(lines[0].number, self._explain(error))]
        else:
            return []
        half = len(lines) // 2
        return self._apply(lines[:half]) + self._apply(lines[half:])

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _plan(self):
        """Return ``(new, changed, same, [PlannedLine])``.

        :raises UserError: with the lines that are wrong, and how.
        """
        if not self.content:
            raise UserError(self.env._("Choose a file first."))
        try:
            rows = read_rows(base64.b64decode(self.content))
        except MappingFileError as error:
            raise UserError(str(error)) from error
        lookup = MappingLookup(self.env, [row.values for row in rows if not row.faults])
        faults, plan, new, same = [], [], 0, 0
        for row in rows:
            try:
                if row.faults:
                    raise ValidationError("; ".join(row.faults))
                vals = self._read_row(row.values, lookup)
                lookup.claim_place(vals, row.number)
                mapping = lookup.find_mapping(vals)
            except UserError as error:
                faults.append((row.number, self._explain(error)))
                continue
            vals = self._get_changes(mapping, vals)
            if vals:
                plan.append(PlannedLine(row.number, mapping, vals))
            same += not vals
            new += not mapping
        if faults:
            raise UserError(self._tell_faults(faults))
        plan.sort(key=lambda line: not line.mapping)
        return new, len(plan) - new, same, plan

    def _explain(self, error):
        if isinstance(error, IntegrityError):
            return self.env["integration.mapping"]._sql_error_to_message(error)
        return str(error)

    def _tell_faults(self, faults):
        shown = [
            self.env._("Line %(number)s: %(why)s", number=number, why=why)
            for number, why in sorted(faults)[:FAULTS_SHOWN]
        ]
        if len(faults) > len(shown):
            shown.append(self.env._("… and %s more lines.", len(faults) - len(shown)))
        return self.env._("Nothing was imported.") + "\n" + "\n".join(shown)

    def _read_row(self, values, lookup):
        """Return the values of a mapping from a line's texts."""
        domain = lookup.find_one(
            "integration.mapping.domain", "code", values["domain"]
        )
        system = self.env["integration.system"]
        if values.get("system"):
            system = lookup.find_one("integration.system", "code", values["system"])
        stated = self._read_company(values.get("company"), system, lookup)
        company = stated or self.env.company
        record = lookup.find_record(domain, values["record"], company)
        holder = self.env["integration.mapping"]._get_holder(domain, record.id)
        vals = {
            "domain_id": domain.id,
            "system_id": system.id,
            "company_id": stated.id,
            "external_code": values["external_code"],
            "res_id": record.id,
            "holder_ref": holder.id or 0,
            "valid_from": self._read_date(values.get("valid_from")),
        }
        # A file without these columns does not speak of them; an empty cell does.
        if "factor" in values:
            vals["factor"] = self._read_number(values["factor"], 1)
        if "rounding" in values:
            vals["rounding"] = self._read_number(values["rounding"], 0)
        if "valid_to" in values:
            vals["valid_to"] = self._read_date(values["valid_to"])
        if values.get("state"):
            vals["state"] = self._read_state(values["state"])
        vals.update(lookup.read_plant(values.get("plant") or "", company))
        return vals

    def _read_company(self, name, system, lookup):
        """Return the company a line holds for; empty: every one."""
        if not name:
            return system.company_id
        company = lookup.find_one("res.company", "name", name)
        if system:
            self.env["integration.mapping"]._refuse_other_company(system, company)
        return company

    def _read_number(self, text, default):
        try:
            number = float(text or default)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValidationError(
                self.env._("'%s' is no number: write it like 0.25.", text)
            )
        return number

    def _read_date(self, text):
        try:
            return fields.Date.to_date(text or False)
        except ValueError as error:
            raise ValidationError(
                self.env._("'%s' is no date: write it like 2026-01-31.", text)
            ) from error

    def _read_state(self, state):
        known = dict(self.env["integration.mapping"]._fields["state"].selection)
        if state not in known:
            raise ValidationError(
                self.env._(
                    "'%(state)s' is none of %(known)s.",
                    state=state,
                    known=", ".join(known),
                )
            )
        return state

    def _get_changes(self, mapping, vals):
        """Return what differs from the mapping as it is; all of it for a new one."""
        if not mapping:
            return {key: value for key, value in vals.items() if key not in DERIVED}
        return {
            name: value
            for name, value in vals.items()
            if name not in DERIVED
            and mapping._fields[name].convert_to_write(mapping[name], mapping)
            != (value or mapping._fields[name].convert_to_write(False, mapping))
        }
