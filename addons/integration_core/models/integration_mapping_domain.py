from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IntegrationMappingDomain(models.Model):
    """A kind of thing that has other codes outside: items, units, locations …

    Domains are data: the addon that knows the model brings the domain.
    """

    _name = "integration.mapping.domain"
    _description = "Mapping Domain"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    model_id = fields.Many2one("ir.model", required=True, ondelete="cascade")
    model_name = fields.Char(related="model_id.model", store=True, string="Model name")
    key_field = fields.Char(
        help="The field of the record that names it in files: an item's internal "
        "reference, a plant's short name. It should be unique."
    )
    value_ids = fields.One2many("integration.canonical.value", "domain_id")
    has_values = fields.Boolean(compute="_compute_has_values")
    mapping_count = fields.Integer(compute="_compute_mapping_count")

    _code_unique = models.Constraint("UNIQUE(code)", "This domain exists already.")

    @api.constrains("key_field", "model_id")
    def _check_key_field(self):
        for domain in self.filtered("key_field"):
            model = self.env.get(domain.model_name)
            field = model is not None and model._fields.get(domain.key_field)
            if not field or field.type not in ("char", "integer"):
                raise ValidationError(
                    self.env._(
                        "%(domain)s: '%(field)s' is not a text field of %(model)s.",
                        domain=domain.name,
                        field=domain.key_field,
                        model=domain.model_name,
                    )
                )

    @api.depends("model_name")
    def _compute_has_values(self):
        for domain in self:
            domain.has_values = domain.model_name == "integration.canonical.value"

    def _compute_mapping_count(self):
        counts = dict(
            self.env["integration.mapping"]._read_group(
                [("domain_id", "in", self.ids)], ["domain_id"], ["__count"]
            )
        )
        for domain in self:
            domain.mapping_count = counts.get(domain, 0)

    def _get_records(self):
        """Return the model's records a mapping of this domain may name, as a search."""
        self.ensure_one()
        return [("domain_id", "=", self.id)] if self.has_values else []

    def _get_key(self, record):
        """Return what a file calls a record: its key, else its external id, else its id.

        :returns: text that ``_find_record`` reads back.
        """
        self.ensure_one()
        value = self.key_field and record[self.key_field]
        if value and self._find_by_key(str(value), record) == record:
            return str(value)
        return record.get_external_id()[record.id] or f"id:{record.id}"

    def _find_record(self, key, company):
        """Return the record a file means, or an empty recordset when it is not clear."""
        return self._find_records([key], company)[key]

    def _find_records(self, keys, company):
        """Return ``{key: record}``, empty where it is not clear; few queries for all."""
        self.ensure_one()
        Model = self.env[self.model_name]
        named = self._find_by_keys(keys, company)
        return {key: self._choose(key, named.get(key, Model)) for key in keys}

    def _choose(self, key, named):
        """Return the one record that a key means.

        :param named: those whose key field says so.
        """
        Model = self.env[self.model_name]
        if key.startswith("id:") and key[3:].isdigit():
            return Model.browse(int(key[3:])).exists()
        if named:
            return named if len(named) == 1 else Model
        by_id = "." in key and self.env.ref(key, raise_if_not_found=False)
        return by_id if by_id and by_id._name == Model._name else Model

    def _find_by_keys(self, keys, company):
        """Return ``{key: records}`` of the records with these keys."""
        Model = self.env[self.model_name]
        if not self.key_field:
            return {}
        if Model._fields[self.key_field].type != "char":
            return {key: self._find_by_key(key, Model, company) for key in keys}
        domain = self._prepare_key_domain("in", list(keys), company)
        return Model.search(domain).grouped(self.key_field)

    def _prepare_unknown_error(self, key):
        """Return what a person is told whose file names no record, or several."""
        return ValidationError(
            self.env._(
                "%(domain)s '%(key)s' is not found, or not only one.",
                domain=self.name,
                key=key,
            )
        )

    def _find_by_key(self, key, record, company=None):
        company = company or ("company_id" in record._fields and record.company_id)
        domain = self._prepare_key_domain("=", key, company)
        return self.env[self.model_name].search(domain, limit=2)

    def _prepare_key_domain(self, operator, value, company):
        domain = [(self.key_field, operator, value), *self._get_records()]
        if company and "company_id" in self.env[self.model_name]._fields:
            domain.append(("company_id", "in", (company.id, False)))
        return domain
