import base64
import json

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.snapshot import diff

FORMAT = "integration-config/1"
# In the order in which they refer to each other.
MODELS = (
    "integration.contract",
    "integration.canonical.value",
    "integration.mapping",
    "integration.lot.convention",
    "integration.translation",
    "integration.policy",
    "integration.ownership",
    "integration.exception.rule",
)
# Of several records with one key, the one that a file is about.
RANKS = {"draft": 1, "retired": 2}
FAULTS_SHOWN = 20
# What a row of a file can bring about: names, types, checks of the database.
ROW_FAULTS = (UserError, ValueError, TypeError, AttributeError, psycopg2.Error)


class Tried(Exception):
    """Undoes a trial."""


class IntegrationConfigFile(models.TransientModel):
    """Configuration as a file, from one environment to the next, looked at before.

    Secrets and addresses are none of it: systems are named by their codes and must
    exist at both ends. What has no name that another database knows is not taken in.
    """

    _name = "integration.config.file"
    _description = "Configuration as a File"

    content = fields.Binary(string="File")
    file_name = fields.Char(default="integration-config.json")
    difference = fields.Html(readonly=True, sanitize=False)
    is_checked = fields.Boolean(readonly=True)

    # Out ----------------------------------------------------------------

    @api.model
    def action_export(self):
        wizard = self.create({"content": base64.b64encode(self._write().encode())})
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{wizard.id}/content/{wizard.file_name}"
            "?download=true",
        }

    @api.model
    def _write(self):
        """Return all configuration in force as text; the same state, the same text."""
        records = {
            model: [
                {"key": key, "values": record._snapshot()}
                for key, record in sorted(self._find_by_key(model).items())
                if "state" not in record or record.state != "draft"
            ]
            for model in self._get_models()
        }
        return json.dumps(
            {"format": FORMAT, "records": records}, indent=1, ensure_ascii=False
        )

    @api.model
    def _get_models(self):
        """Return the models of a file, as far as their addons are installed."""
        return [model for model in MODELS if model in self.env]

    @api.model
    def _find_by_key(self, model):
        """Return ``{key: record}``; what is in force before a draft, before the past."""
        found = {}
        records = self.env[model].with_context(active_test=False).search([])
        ranked = records.sorted(
            lambda r: (RANKS.get(r.state, 0) if "state" in r else 0, r.id), reverse=True
        )
        for record in ranked:
            found[record._get_file_key()] = record.with_env(self.env)
        return found

    # In -----------------------------------------------------------------

    def action_check(self):
        """Show what would change: all of it is done, looked at and undone."""
        self.ensure_one()
        Version = self.env["integration.version"]
        parts = []
        for record, key, vals in self._plan():
            before = record._snapshot() if record else {}
            wanted = vals if not record else before | vals
            parts.append((key, Version._render(before, wanted)))
        faults = self._try()
        self.difference = self.env["ir.qweb"]._render(
            "integration_governance.config_difference",
            {"parts": parts, "faults": faults},
        )
        self.is_checked = not faults
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _try(self):
        """Return what would go wrong, with nothing of it done."""
        try:
            with self.env.cr.savepoint():
                faults = self._apply()
                raise Tried
        except Tried:
            self.env.invalidate_all(flush=False)
        return faults

    def action_import(self):
        """Apply all of it or nothing; with four eyes, as drafts and changes."""
        self.ensure_one()
        faults = self._apply()
        if faults:
            shown = faults[:FAULTS_SHOWN]
            raise UserError("\n".join([self.env._("Nothing was imported."), *shown]))
        return self.env["ir.actions.act_window"]._for_xml_id(
            "integration_governance.integration_change_request_action"
        )

    def _apply(self):
        """Do what the file says, row by row. Returns what went wrong, one text a row."""
        faults = []
        for record, key, values in self._plan():
            try:
                with self.env.cr.savepoint():
                    vals = record._read_values(values)
                    record.write(vals) if record else record.create(vals)
                    self.env.flush_all()
            except ROW_FAULTS as error:
                self.env.invalidate_all(flush=False)
                faults.append(f"{record._description} {key}: {error}")
        return faults

    def _plan(self):
        """Return ``[(record or empty, key, values that differ)]``.

        :raises UserError: when the file cannot be read.
        """
        plan = []
        for model, rows in self._parse().items():
            known = self._find_by_key(model) if rows else {}
            for row in rows:
                record = known.get(row["key"], self.env[model])
                vals = self._get_changes(record, row["values"])
                if vals:
                    plan.append((record, row["key"], vals))
        return plan

    def _parse(self):
        if not self.content:
            raise UserError(self.env._("Choose a file first."))
        known = self._get_models()
        try:
            document = json.loads(base64.b64decode(self.content))
            records = document["records"]
            if document["format"] != FORMAT or not records.keys() <= set(MODELS):
                raise ValueError(FORMAT)
            for row in (row for rows in records.values() for row in rows):
                if not (isinstance(row["key"], str) and isinstance(row["values"], dict)):
                    raise ValueError(FORMAT)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UserError(
                self.env._("This is no configuration file of the format %s.", FORMAT)
            ) from error
        strange = [model for model in records if records[model] and model not in known]
        if strange:
            raise UserError(
                self.env._("Install the addon of %s first.", ", ".join(strange))
            )
        return {model: records.get(model, []) for model in known}

    def _get_changes(self, record, values):
        if not record:
            return values
        present = record._snapshot()
        return {d.field: d.after for d in diff(present, values) if d.field in values}
