from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Fields that name a record of a model without a name of its own for files.
NAMING_FIELDS = ("code", "login", "model", "complete_name")
BY_ID = "id:"


class IntegrationPortableMixin(models.AbstractModel):
    """Configuration as plain values that any database understands, and back.

    What a record refers to is named by keys and external ids. An id is written where
    there is no name, to tell records apart; it is read back in its own database only.
    """

    _name = "integration.portable.mixin"
    _description = "Portable Configuration"
    # What a file and a person tell records of this model apart by.
    _key_fields = ()

    @api.model
    def _get_portable_fields(self):
        """Return the fields that a file holds: by default whatever a person fills in."""
        return tuple(
            name
            for name, field in self._fields.items()
            if field.store
            and not (field.related or field.readonly)
            and field.type not in ("one2many", "binary", "many2one_reference")
            and name not in models.MAGIC_COLUMNS
        )

    def _get_file_key(self):
        """Return what a file and a person tell this record from others by."""
        self.ensure_one()
        return "@".join(
            str((self.mapped(path) or [""])[0] or "") for path in self._key_fields
        )

    # Out ----------------------------------------------------------------------

    def _snapshot(self):
        """Return the record as plain values."""
        self.ensure_one()
        return {name: self._read_portable(name) for name in self._get_portable_fields()}

    def _read_portable(self, name):
        field, value = self._fields[name], self[name]
        if field.relational:
            keys = sorted(self._get_portable_key(record) for record in value)
            return keys if field.type == "many2many" else (keys or [None])[0]
        if field.type in ("date", "datetime"):
            return str(value) if value else None
        return value

    @api.model
    def _get_portable_key(self, record):
        record = record._origin or record
        if not record.id:
            return None
        # Names of what a person sees anyway on the record; external ids are technical.
        record = record.sudo()
        if getattr(record, "_key_fields", None):
            return record._get_file_key()
        if name := self._get_naming_field(record):
            return str(record[name])
        return record.get_external_id()[record.id] or f"{BY_ID}{record.id}"

    @api.model
    def _get_naming_field(self, model):
        if model._name == "res.company":
            return "name"
        return next((name for name in NAMING_FIELDS if name in model._fields), None)

    # In -----------------------------------------------------------------------

    def _read_values(self, values, *, here=False):
        """Return values for ``write`` or ``create`` from those of a snapshot.

        :param self: the record they are for, or an empty one of its model.
        :param here: they are of this database, so that ids mean something.
        :raises ValidationError: when something that is named does not exist here.
        """
        company = self._read_company(values, here)
        vals = {}
        for name, value in values.items():
            field = self._fields.get(name)
            if not field or name not in self._get_portable_fields():
                raise ValidationError(self.env._("There is no field '%s'.", name))
            if field.type == "many2many":
                found = [
                    self._find_portable(field.comodel_name, key, company, here=here)
                    for key in value or ()
                ]
                vals[name] = [fields.Command.set(found)]
            elif field.relational:
                vals[name] = value and self._find_portable(
                    field.comodel_name, value, company, here=here
                )
            else:
                vals[name] = value if value is not None else False
        return self._read_plain(vals, here=here)

    def _read_plain(self, vals, *, here=False):
        """Read what only the model itself knows how to read. A hook."""
        return vals

    def _read_company(self, values, here):
        """Return the company in which a snapshot's names are looked for; may be empty."""
        for name in ("company_id", "system_id"):
            key = values.get(name)
            if key and name in self._fields:
                model = self._fields[name].comodel_name
                found = self.env[model].browse(
                    self._find_portable(model, key, None, here=here)
                )
                return found if model == "res.company" else found.company_id
        own = self.company_id if "company_id" in self._fields else None
        return own or self.env["res.company"]

    @api.model
    def _find_portable(self, model, key, company, *, here=False):
        """Return the id of what a file names.

        :raises ValidationError: when there is nothing or more than one of that name.
        """
        Model = self.env[model]
        if key.startswith(BY_ID):
            number = key.removeprefix(BY_ID)
            found = Model.browse(int(number) if here and number.isdigit() else ()).exists()
        elif paths := getattr(Model, "_key_fields", ()) or self._get_naming_field(Model):
            paths = (paths,) if isinstance(paths, str) else paths
            parts = key.split("@") if len(paths) > 1 else [key]
            domain = [
                (path, "=", part or False)
                for path, part in zip(paths, parts, strict=False)
            ]
            if company and "company_id" in Model._fields:
                domain.append(("company_id", "in", (company.id, False)))
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
