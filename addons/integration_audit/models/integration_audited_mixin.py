from odoo import api, models

from ..lib.redaction import HIDDEN

# Kept by the engine or by Odoo itself; nobody decides about them.
LEFT_OUT = {"create_uid", "create_date", "write_uid", "write_date", "secret"}
SECRETS = {"secret_encrypted", "token_hash"}


class IntegrationAuditedMixin(models.AbstractModel):
    """Configuration whose every change goes into the ledger ``integration.change``."""

    _name = "integration.audited.mixin"
    _description = "Audited Mixin"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        names = {name for vals in vals_list for name in vals}
        records._record_changes("created", {}, records._read_audited(names))
        return records

    def write(self, vals):
        before = self._read_audited(vals)
        result = super().write(vals)
        self._record_changes("changed", before, self._read_audited(vals))
        return result

    def unlink(self):
        before = self._read_audited(
            name for name, field in self._fields.items() if field.store
        )
        # Their names are gone afterwards; a failing deletion takes the entry back.
        self._record_changes("deleted", before, {})
        return super().unlink()

    def _read_audited(self, names):
        """Return ``{id: {field: value as it is put on record}}``."""
        wanted = sorted(
            name
            for name in set(names) - LEFT_OUT - {*getattr(self, "_unaudited_fields", ())}
            if name in self._fields and self._is_audited(self._fields[name])
        )
        # What is put on record does not depend on what the user may read.
        return {
            record.id: {name: record._audit_value(name) for name in wanted}
            for record in self.sudo()
        }

    @api.model
    def _is_audited(self, field):
        return field.store or field.type in ("many2many", "one2many")

    def _audit_value(self, name):
        field, value = self._fields[name], self[name]
        if name in SECRETS:
            return HIDDEN if value else None
        if field.type in ("many2many", "one2many"):
            return sorted(value.ids)
        if field.type == "many2one":
            return value and [value.id, value.display_name] or None
        if field.type in ("datetime", "date"):
            return value and str(value) or None
        if field.type in ("char", "text", "html", "selection", "json"):
            return value or None
        return str(value) if isinstance(value, bytes) else value

    def _record_changes(self, operation, before, after):
        entries = []
        # What was written is put on record, whether or not its writer may read it back.
        for record in self.sudo():
            old, new = before.get(record.id, {}), after.get(record.id, {})
            changes = {
                name: [old.get(name), new.get(name)]
                for name in sorted({*old, *new})
                if old.get(name) != new.get(name)
            }
            if changes or operation != "changed":
                entries.append((record, changes))
        self.env["integration.change"]._record(operation, entries)
