from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Longer than a message is handled that began before a mapping was saved.
SETTLED_AFTER = timedelta(minutes=10)


class IntegrationMapping(models.Model):
    """One external code and the Odoo record it stands for, for a time and a place.

    Its life is here; ``integration_mapping_resolution.py`` looks codes up, and
    ``integration_mapping_suggestion.py`` proposes what an unknown one may mean.
    """

    _name = "integration.mapping"
    _inherit = "integration.own.company.mixin"
    _description = "Mapping"
    _order = "domain_id, external_code, valid_from desc"
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
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("retired", "Retired")],
        required=True,
        default="active",
        copy=False,
        index=True,
    )
    valid_from = fields.Date(
        help="First day, in the system's time zone. Empty: always."
    )
    valid_to = fields.Date(help="Last day, in the system's time zone. Empty: for good.")
    plant_ref = fields.Integer(
        default=0, readonly=True, help="Id of the plant it holds for; 0: every plant."
    )
    holder_ref = fields.Integer(
        default=0,
        readonly=True,
        help="Id of what its record belongs to, such as the item of a lot: within it a "
        "code is unique. 0: nothing.",
    )
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
    rounding = fields.Float(
        digits=0,
        default=0,
        help="For units: quantities in the unit that the code stands for are rounded to a "
        "multiple of this, half up. 0: as the item's own unit.",
    )
    is_broken = fields.Boolean(
        compute="_compute_is_broken", help="What it stood for was deleted."
    )

    _code_unique = models.UniqueIndex(
        "(domain_id, COALESCE(system_id, 0), COALESCE(company_id, 0),"
        " COALESCE(plant_ref, 0), COALESCE(holder_ref, 0), external_code,"
        " COALESCE(valid_from, '-infinity'))"
        " WHERE state = 'active'",
        "This code is mapped already.",
    )
    _dates_ordered = models.Constraint(
        "CHECK(valid_to >= valid_from)", "A mapping ends after it begins."
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
            mapping._check_reference(mapping.domain_id, mapping.reference._name)
            mapping.res_id = mapping.reference.id

    @api.model
    def _check_reference(self, domain, model):
        """An id of another kind of record would be some other record of this kind."""
        if model != domain.model_name:
            raise ValidationError(
                self.env._(
                    "A code of %(domain)s does not stand for a record of %(model)s.",
                    domain=domain.name,
                    model=model,
                )
            )

    @api.onchange("reference")
    def _onchange_reference(self):
        if self.reference and self.reference._name == self.res_model:
            self.res_id = self.reference.id

    @api.depends("res_model", "res_id")
    def _compute_is_broken(self):
        for model, mappings in self.grouped("res_model").items():
            living = set()
            if model in self.env:
                living = set(
                    self.env[model].browse(mappings.mapped("res_id")).exists().ids
                )
            for mapping in mappings:
                mapping.is_broken = mapping.res_id not in living

    @api.depends("external_code", "domain_id")
    def _compute_display_name(self):
        for mapping in self:
            mapping.display_name = f"{mapping.domain_id.name}: {mapping.external_code}"

    @api.constrains("factor", "rounding", "external_code")
    def _check_values(self):
        for mapping in self:
            if mapping.factor <= 0:
                raise ValidationError(self.env._("A factor is greater than zero."))
            if mapping.rounding < 0:
                raise ValidationError(self.env._("A rounding is not negative."))
            if mapping.external_code != mapping.external_code.strip():
                raise ValidationError(
                    self.env._(
                        "The external code '%s' begins or ends with a space.",
                        mapping.external_code,
                    )
                )

    @api.constrains("system_id", "company_id")
    def _check_company(self):
        for mapping in self.filtered("system_id"):
            self._refuse_other_company(mapping.system_id, mapping.company_id)

    @api.model
    def _refuse_other_company(self, system, company):
        """Refuse a mapping of a system for another company than its own.

        It would be in the way, and nobody would look it up.

        :raises ValidationError: naming the system's company.
        """
        if company != system.company_id:
            raise ValidationError(
                self.env._(
                    "%(system)s belongs to %(company)s: choose that company, or no system.",
                    system=system.name,
                    company=system.company_id.name,
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
            if mapping.domain_id.has_values and record.domain_id != mapping.domain_id:
                raise ValidationError(
                    self.env._(
                        "'%(value)s' is no value of %(domain)s.",
                        value=record.display_name,
                        domain=mapping.domain_id.name,
                    )
                )
            company = record._fields.get("company_id") and record.company_id
            if company and not mapping.company_id:
                raise ValidationError(
                    self.env._(
                        "%(record)s belongs to %(company)s: a code that every company "
                        "uses cannot stand for it. Choose the company.",
                        record=record.display_name,
                        company=company.name,
                    )
                )
            if company and company != mapping.company_id:
                raise ValidationError(
                    self.env._(
                        "%(record)s belongs to %(company)s, the mapping to another company.",
                        record=record.display_name,
                        company=company.name,
                    )
                )

    @api.constrains(
        "domain_id",
        "system_id",
        "company_id",
        "plant_ref",
        "holder_ref",
        "external_code",
        "state",
        "valid_from",
        "valid_to",
    )
    def _check_overlap(self):
        """On one day a code stands for one thing in one place."""
        for mapping in self.filtered(lambda m: m.state == "active"):
            others = self.search(mapping._get_same_code_domain())
            if any(mapping._overlaps(other) for other in others):
                raise ValidationError(
                    self.env._(
                        "'%(code)s' is mapped already in this time. End the other "
                        "mapping first, or give this one other dates.",
                        code=mapping.external_code,
                    )
                )

    def _get_same_code_domain(self):
        return [
            ("id", "!=", self.id),
            ("state", "=", "active"),
            ("external_code", "=", self.external_code),
            ("domain_id", "=", self.domain_id.id),
            ("system_id", "=", self.system_id.id),
            ("company_id", "=", self.company_id.id),
            ("plant_ref", "=", self.plant_ref),
            ("holder_ref", "=", self.holder_ref),
        ]

    def _overlaps(self, other):
        return not (
            (self.valid_to and other.valid_from and self.valid_to < other.valid_from)
            or (other.valid_to and self.valid_from and other.valid_to < self.valid_from)
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("reference") and not vals.get("res_id"):
                # The database wants the id at once; the reference is for people.
                model, _, number = str(vals["reference"]).rpartition(",")
                domain = self.env["integration.mapping.domain"].browse(
                    vals.get("domain_id") or self.env.context.get("default_domain_id")
                )
                self._check_reference(domain, model)
                vals["res_id"] = int(number)
        mappings = super().create(vals_list)
        mappings._release_waiting()
        return mappings

    def write(self, vals):
        ends = {mapping: mapping.valid_to for mapping in self}
        result = super().write(vals)
        if vals.keys() - {"valid_to"}:
            self._release_waiting()
        else:
            self.filtered(lambda m: m._is_longer_than(ends[m]))._release_waiting()
        return result

    def _is_longer_than(self, end):
        """Tell whether it holds for longer than until a day; False: for good."""
        return bool(end and (not self.valid_to or self.valid_to > end))

    def action_activate(self):
        """Put drafts into force; what waits for these codes goes on by itself."""
        self.filtered(lambda mapping: mapping.state != "active").state = "active"

    def action_retire(self):
        """Take mappings out of force; what they did stays as it is."""
        self.filtered(lambda mapping: mapping.state == "active").state = "retired"

    def _release_waiting(self):
        """Send on everything that was parked for these codes, in its order."""
        mappings = self.filtered(lambda mapping: mapping.state == "active")
        if not mappings:
            return
        # Whoever may map a code settles what waits for it, also messages of a
        # system whose log that person cannot open.
        waiting = (
            self.env["integration.exception"]
            .sudo()
            .search(
                [
                    ("state", "=", "open"),
                    ("mapping_domain_id", "in", mappings.domain_id.ids),
                    (
                        "external_code",
                        "in",
                        list(set(mappings.mapped("external_code"))),
                    ),
                ]
            )
        )
        released = waiting.filtered(
            lambda exception: any(mapping._serves(exception) for mapping in mappings)
        )
        released._release(self.env._("The code was mapped."))

    def _serves(self, exception):
        """Tell whether what waits under an exception can go on with this mapping."""
        return (
            self.domain_id == exception.mapping_domain_id
            and self.external_code == exception.external_code
            and self.system_id in (exception.system_id, self.env["integration.system"])
            and self.company_id in (exception.company_id, self.env["res.company"])
        )

    @api.model
    def _cron_release_mapped(self):
        """Send on what waits although its code is mapped by now.

        A mapping begins on its day, and one may be saved in the same moment in which a
        message is parked for it.
        """
        self.env["integration.delivery"]._release_stranded()
        waiting = self.env["integration.exception"].search(
            [("state", "=", "open"), ("mapping_domain_id", "!=", False)]
        )
        for exception in waiting:
            delivery = self.env["integration.delivery"].search(
                [("exception_id", "=", exception.id), ("state", "=", "parked")],
                order="id",
                limit=1,
            )
            Mapping = self.with_context(
                integration_moment=delivery.message_id._get_moment()
            )
            found = Mapping._find(
                exception.system_id,
                exception.mapping_domain_id.code,
                exception.external_code,
            )
            if delivery and found and not found._was_in_vain(exception):
                exception._release(self.env._("The code was mapped."))

    def _was_in_vain(self, exception):
        """Tell whether what waits was released with this mapping, and parked again.

        A handler may want more of a code than a mapping: the lot of another item, a plant
        that only it knows. Tried for ever, the exception would be a new one each time,
        with a new deadline. Close to the change of a mapping nobody knows who saw it.
        """
        if self.is_broken:
            return True
        return bool(
            exception.search_count(
                [
                    ("company_id", "=", exception.company_id.id),
                    ("system_id", "=", exception.system_id.id),
                    ("kind_id", "=", exception.kind_id.id),
                    ("fingerprint", "=", exception.fingerprint),
                    ("state", "=", "resolved"),
                    ("resolved_at", ">", self.write_date + SETTLED_AFTER),
                ],
                limit=1,
            )
        )
