from odoo import api, models
from odoo.exceptions import ValidationError

from odoo.addons.integration_core.models.integration_portable_mixin import BY_ID
from odoo.addons.integration_core.wizard.integration_mapping_file import DERIVED


class IntegrationMapping(models.Model):
    """Mappings are drafted by one person and put into force by another."""

    _name = "integration.mapping"
    _inherit = ["integration.mapping", "integration.governed.mixin"]
    _governed_fields = (
        "domain_id",
        "system_id",
        "company_id",
        "external_code",
        "res_id",
        "factor",
        "rounding",
        "valid_from",
        "valid_to",
        "state",
    )
    _key_fields = (
        "domain_id.code",
        "system_id.code",
        "company_id.name",
        "external_code",
        "valid_from",
    )

    @api.model
    def _get_governed_fields(self):
        """With what other addons bring to say where a code holds, such as a plant."""
        more = [
            name
            for name, field in self._fields.items()
            if field.type == "many2one"
            and field.store
            and not field.related
            and name not in (*models.MAGIC_COLUMNS, *self._governed_fields)
        ]
        return (*self._governed_fields, *more)

    def write(self, vals):
        if not self.env.su:
            # These follow from the plant and the record, which are governed.
            vals = {name: vals[name] for name in vals if name not in DERIVED}
        return super().write(vals)

    def _read_portable(self, name):
        if name != "res_id":
            return super()._read_portable(name)
        known = self.res_model in self.env and self.res_id
        record = known and self.env[self.res_model].browse(self.res_id).exists()
        # Names of what whoever maps a code sees anyway.
        return self.domain_id._get_key(record.sudo()) if record else None

    def _get_file_key(self):
        key = f"{super()._get_file_key()}@{self._get_plant_code()}"
        holder = self._get_holder(self.domain_id, self.res_id)
        if holder:
            # Names of what whoever maps a code sees anyway, the same for everybody.
            key += f"@{holder.sudo().with_context(lang=None).display_name}"
        return key

    def _read_plain(self, vals, *, here=False):
        """Read what a file calls the record that a code stands for.

        :raises ValidationError: when there is none.
        """
        vals = super()._read_plain(vals, here=here)
        key = vals.get("res_id")
        if not isinstance(key, str):
            return vals
        domain = self.env["integration.mapping.domain"].browse(
            vals.get("domain_id") or self.domain_id.id
        )
        company = self.env["res.company"].browse(
            vals.get("company_id") or self.company_id.id or self.env.company.id
        )
        if key.startswith(BY_ID) and not here:
            # An id of another database would be somebody else's record here.
            raise self._prepare_nameless_error(domain, vals)
        record = domain._find_record(key, company)
        if not record:
            raise domain._prepare_unknown_error(key)
        return {**vals, "res_id": record.id}

    def _prepare_nameless_error(self, domain, vals):
        return ValidationError(
            self.env._(
                "%(domain)s of '%(code)s' has no reference that both databases know: give "
                "it one where the file comes from, and here, and write the file anew.",
                domain=domain.name,
                code=vals.get("external_code") or self.external_code,
            )
        )
