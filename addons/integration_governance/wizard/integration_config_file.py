import base64
import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib.snapshot import diff

FORMAT = "integration-config/1"
# In the order in which they refer to each other.
MODELS = (
    "integration.contract",
    "integration.mapping",
    "integration.translation",
    "integration.policy",
    "integration.ownership",
)


class IntegrationConfigFile(models.TransientModel):
    """Configuration as a file, from one environment to the next, looked at before.

    Secrets and addresses are none of it: systems are named by their codes and must
    exist at both ends.
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
                {"key": record._get_file_key(), "values": record._snapshot()}
                for record in self._find_in_force(model)
            ]
            for model in MODELS
        }
        for rows in records.values():
            rows.sort(key=lambda row: row["key"])
        return json.dumps(
            {"format": FORMAT, "records": records}, indent=1, ensure_ascii=False
        )

    def _find_in_force(self, model):
        return self.env[model].search([("state", "!=", "draft")])

    # In -----------------------------------------------------------------

    def action_check(self):
        """Show what would change, without changing anything."""
        self.ensure_one()
        Version = self.env["integration.version"]
        parts = []
        for record, key, vals in self._plan():
            before = record._snapshot() if record else {}
            wanted = vals if not record else before | vals
            parts.append((key, Version._render(before, wanted)))
        self.difference = self.env["ir.qweb"]._render(
            "integration_governance.config_difference", {"parts": parts}
        )
        self.is_checked = True
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_import(self):
        """Apply all of it or nothing; with four eyes, as drafts and changes."""
        self.ensure_one()
        for record, _key, values in self._plan():
            Model = self.env[record._name]
            vals = self._read_values(record, values)
            if record:
                record.write(vals)
            else:
                Model.create(vals)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "integration_governance.integration_change_request_action"
        )

    def _plan(self):
        """Return ``[(record or empty, key, values that differ)]``.

        :raises UserError: when the file cannot be read.
        """
        return [
            (record, row["key"], vals)
            for model, rows in self._parse().items()
            for row in rows
            for record in [self._find(model, row)]
            for vals in [self._get_changes(record, row["values"])]
            if vals
        ]

    def _parse(self):
        if not self.content:
            raise UserError(self.env._("Choose a file first."))
        try:
            document = json.loads(base64.b64decode(self.content))
            records = document["records"]
            if document["format"] != FORMAT or not records.keys() <= set(MODELS):
                raise ValueError(FORMAT)
            return {model: records.get(model, []) for model in MODELS}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                self.env._("This is no configuration file of the format %s.", FORMAT)
            ) from error

    def _find(self, model, row):
        for record in self._find_in_force(model):
            if record._get_file_key() == row["key"]:
                return record
        return self.env[model]

    def _get_changes(self, record, values):
        if not record:
            return values
        present = record._snapshot()
        return {d.field: d.after for d in diff(present, values) if d.field in present}

    # Reading names back ---------------------------------------------------

    @api.model
    def _read_values(self, record, values):
        """Return values for ``write`` or ``create`` from those of a snapshot.

        :param record: the record they are for, or an empty one of its model.
        :raises ValidationError: when something that is named does not exist here.
        """
        vals = {}
        for name, value in values.items():
            field = record._fields.get(name)
            if not field or name not in record._get_governed_fields():
                raise ValidationError(self.env._("There is no field '%s'.", name))
            if field.relational and field.type == "many2many":
                ids = [
                    self._find_portable(field.comodel_name, key) for key in value or ()
                ]
                vals[name] = [fields.Command.set(ids)]
            elif field.relational:
                vals[name] = value and self._find_portable(field.comodel_name, value)
            else:
                vals[name] = value if value is not None else False
        if record._name == "integration.mapping":
            vals = record._read_plain(vals)
        return vals

    @api.model
    def _find_portable(self, model, key):
        """Return the id of what a file names.

        :raises ValidationError: when there is nothing or more than one of that name.
        """
        Model = self.env[model]
        if key.startswith("id:") and key[3:].isdigit():
            return Model.browse(int(key[3:])).exists().id
        paths = (
            getattr(Model, "_key_fields", ())
            or [name for name in ("code", "login") if name in Model._fields][:1]
        )
        if paths:
            parts = key.split("@")
            domain = [
                (path, "=", part or False)
                for path, part in zip(paths, parts, strict=False)
            ]
            found = Model.search(domain, limit=2)
        else:
            found = self.env.ref(key, raise_if_not_found=False) or Model
        if len(found) != 1 or found._name != model:
            raise ValidationError(
                self.env._(
                    "%(model)s '%(key)s' is not here, or not only one: make it first.",
                    model=Model._description,
                    key=key,
                )
            )
        return found.id
