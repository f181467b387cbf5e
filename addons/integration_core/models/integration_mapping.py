from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.errors import UnmappedCodeError


class IntegrationMapping(models.Model):
    """One external code and the Odoo record it stands for.

    A mapping of a system goes before one that holds for every system.
    """

    _name = "integration.mapping"
    _description = "Mapping"
    _order = "domain_id, external_code"
    _rec_names_search = ["external_code"]

    domain_id = fields.Many2one(
        "integration.mapping.domain", required=True, index=True, ondelete="restrict"
    )
    system_id = fields.Many2one(
        "integration.system",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: this code means the same whichever system sends it.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        compute="_compute_company_id",
        store=True,
        readonly=False,
    )
    external_code = fields.Char(required=True)
    res_model = fields.Char(related="domain_id.model_name", store=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True
    )
    reference = fields.Reference(
        selection="_selection_reference",
        string="Stands for",
        compute="_compute_reference",
        inverse="_inverse_reference",
    )
    factor = fields.Float(
        default=1,
        digits=0,
        required=True,
        help="For units: how many of our unit one of theirs is.",
    )

    _code_unique = models.UniqueIndex(
        "(domain_id, COALESCE(system_id, 0), COALESCE(company_id, 0), external_code)",
        "This code is mapped already.",
    )
    _record_index = models.Index("(domain_id, res_id)")

    @api.depends("system_id")
    def _compute_company_id(self):
        for mapping in self:
            mapping.company_id = mapping.system_id.company_id or mapping.company_id

    @api.model
    def _selection_reference(self):
        domains = self.env["integration.mapping.domain"].search([])
        return [(domain.model_name, domain.name) for domain in domains]

    @api.depends("res_model", "res_id")
    def _compute_reference(self):
        for mapping in self:
            known = mapping.res_model in self.env and mapping.res_id
            mapping.reference = (
                f"{mapping.res_model},{mapping.res_id}" if known else False
            )

    def _inverse_reference(self):
        for mapping in self.filtered("reference"):
            mapping.res_id = mapping.reference.id

    @api.onchange("reference")
    def _onchange_reference(self):
        if self.reference:
            self.res_id = self.reference.id

    @api.depends("external_code", "domain_id")
    def _compute_display_name(self):
        for mapping in self:
            mapping.display_name = f"{mapping.domain_id.name}: {mapping.external_code}"

    @api.constrains("factor", "external_code")
    def _check_values(self):
        for mapping in self:
            if mapping.factor <= 0:
                raise ValidationError(self.env._("A factor is greater than zero."))
            if mapping.external_code != mapping.external_code.strip():
                raise ValidationError(
                    self.env._(
                        "The external code '%s' begins or ends with a space.",
                        mapping.external_code,
                    )
                )

    @api.constrains("reference", "res_id", "domain_id", "company_id")
    def _check_record(self):
        for mapping in self:
            record = self.env[mapping.res_model].browse(mapping.res_id).exists()
            if not record:
                raise ValidationError(
                    self.env._(
                        "There is no %(domain)s with the id %(id)s.",
                        domain=mapping.domain_id.name,
                        id=mapping.res_id,
                    )
                )
            company = record._fields.get("company_id") and record.company_id
            if company and mapping.company_id and company != mapping.company_id:
                raise ValidationError(
                    self.env._(
                        "%(record)s belongs to %(company)s, the mapping to another company.",
                        record=record.display_name,
                        company=company.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("reference") and not vals.get("res_id"):
                # The database wants the id at once; the reference is for people.
                vals["res_id"] = int(str(vals["reference"]).rpartition(",")[2])
        mappings = super().create(vals_list)
        mappings._release_waiting()
        return mappings

    def write(self, vals):
        result = super().write(vals)
        self._release_waiting()
        return result

    def _release_waiting(self):
        """Send on everything that was parked for these codes."""
        for mapping in self:
            # Whoever may map a code settles what waits for it, also messages of a
            # system whose log that person cannot open.
            waiting = (
                self.env["integration.exception"]
                .sudo()
                .search(
                    [
                        ("state", "=", "open"),
                        ("mapping_domain_id", "=", mapping.domain_id.id),
                        ("external_code", "=", mapping.external_code),
                        *mapping._get_scope_domain(),
                    ]
                )
            )
            waiting._release(self.env._("The code was mapped."))

    def _get_scope_domain(self):
        if self.system_id:
            return [("system_id", "=", self.system_id.id)]
        if self.company_id:
            return [("company_id", "=", self.company_id.id)]
        return []

    @api.model
    def _find(self, system, domain_code, external_code):
        """Return the mapping in force for a code, or an empty recordset."""
        candidates = self.search(
            [
                ("domain_id.code", "=", domain_code),
                ("external_code", "=", external_code),
                ("system_id", "in", (system.id, False)),
                ("company_id", "in", (system.company_id.id, False)),
            ]
        )
        return candidates.sorted(
            lambda m: (bool(m.system_id), bool(m.company_id)), reverse=True
        )[:1]

    @api.model
    def _resolve(self, system, domain_code, external_code):
        """Return the record an external code stands for.

        :raises lib.errors.UnmappedCodeError: when there is none; the message is parked
            and goes on by itself once somebody adds the mapping.
        """
        mapping = self._find(system, domain_code, external_code)
        record = mapping and self.env[mapping.res_model].browse(mapping.res_id).exists()
        if not record:
            raise UnmappedCodeError(
                self.env._(
                    "%(system)s uses the %(domain)s code '%(code)s', which is not mapped "
                    "yet. Add the mapping, and the message goes on by itself.",
                    system=system.name,
                    domain=domain_code,
                    code=external_code,
                ),
                domain=domain_code,
                external_code=external_code,
            )
        return record

    @api.model
    def _to_external(self, system, domain_code, record):
        """Return the code a system uses for a record, or False."""
        candidates = self.search(
            [
                ("domain_id.code", "=", domain_code),
                ("res_id", "=", record.id),
                ("system_id", "in", (system.id, False)),
            ]
        )
        return candidates.sorted(lambda m: bool(m.system_id), reverse=True)[
            :1
        ].external_code
