from odoo import models


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
    _key_fields = ("domain_id.code", "system_id.code", "external_code", "valid_from")

    def _read_portable(self, name):
        if name != "res_id":
            return super()._read_portable(name)
        known = self.res_model in self.env and self.res_id
        record = known and self.env[self.res_model].browse(self.res_id).exists()
        # Names of what whoever maps a code sees anyway.
        return self.domain_id._get_key(record.sudo()) if record else None

    def _read_plain(self, values):
        """Return the id that a file's name of a record means here.

        :raises ValidationError: when there is none.
        """
        vals = dict(values)
        if isinstance(vals.get("res_id"), str):
            domain = self.env["integration.mapping.domain"].browse(
                vals.get("domain_id") or self.domain_id.id
            )
            company = self.env["res.company"].browse(
                vals.get("company_id") or self.company_id.id or self.env.company.id
            )
            vals["res_id"] = domain._find_record(vals["res_id"], company).id
        return vals
