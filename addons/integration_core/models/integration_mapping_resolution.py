from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.errors import UnmappedCodeError
from ..lib.handling import Handling

# Where models keep the code that people know a record by.
CODE_FIELDS = ("code", "default_code", "ref")


class IntegrationMapping(models.Model):
    """How codes are looked up.

    What is said of a plant goes before what is said of every plant, then a system's own
    mapping before one that holds for all, then a company's. The day is that of the
    message: what is replayed in July means what it meant in June.
    """

    _inherit = "integration.mapping"

    @api.model
    def _get_day(self, system):
        """Return the day that counts, in the time zone of a system.

        The moment (naive UTC) is that of the context, else of the message that is handled.
        """
        context = self.env.context
        moment = context.get("integration_moment") or Handling.of(context).moment
        moment = moment or fields.Datetime.now()
        zone = ZoneInfo(system.timezone or "UTC")
        return moment.replace(tzinfo=UTC).astimezone(zone).date()

    @api.model
    def _get_plant_refs(self, system):
        """Return the ids of the plants whose own mappings count, for addons that know
        plants."""
        return ()

    @api.model
    def _get_lookup_domain(self, system, domain_code):
        """Return the domain of all mappings that count for a system today."""
        day = self._get_day(system)
        return [
            ("state", "=", "active"),
            ("domain_id.code", "=", domain_code),
            ("system_id", "in", (system.id, False)),
            ("company_id", "in", (system.company_id.id, False)),
            ("plant_ref", "in", (*self._get_plant_refs(system), 0, False)),
            "|",
            ("valid_from", "=", False),
            ("valid_from", "<=", day),
            "|",
            ("valid_to", "=", False),
            ("valid_to", ">=", day),
        ]

    def _get_rank(self):
        """Return how specific a mapping is, as a key to sort by."""
        return (bool(self.plant_ref), bool(self.system_id), bool(self.company_id))

    @api.model
    def _find_many(self, system, domain_code, external_codes):
        """Return ``{code: mapping in force}`` with one query, however many codes.

        Spaces around a code are none of it: they fill columns of a fixed width.
        """
        bare = {code: code.strip() for code in external_codes}
        candidates = self.search(
            [
                ("external_code", "in", list(set(bare.values()))),
                *self._get_lookup_domain(system, domain_code),
            ]
        )
        # The most specific one comes last and stays.
        found = {
            mapping.external_code: mapping
            for mapping in candidates.sorted(lambda m: m._get_rank())
        }
        return {code: found[bare[code]] for code in bare if bare[code] in found}

    @api.model
    def _find(self, system, domain_code, external_code):
        """Return the mapping in force for a code, or an empty recordset."""
        found = self._find_many(system, domain_code, [external_code])
        return found.get(external_code, self.browse())

    @api.model
    def _resolve(self, system, domain_code, external_code):
        """Return the record an external code stands for.

        :raises lib.errors.UnmappedCodeError: when there is none; the message is parked
            and goes on by itself once somebody adds the mapping.
        """
        mapping = self._resolve_many(system, domain_code, [external_code])[
            external_code
        ]
        return self.env[mapping.res_model].browse(mapping.res_id)

    @api.model
    def _resolve_many(self, system, domain_code, external_codes):
        """Return ``{code: mapping}``, each with a record that exists.

        :raises lib.errors.UnmappedCodeError: for the first code, in their order,
            without one.
        """
        found = self._find_many(system, domain_code, external_codes)
        for code in sorted(external_codes):
            if code not in found or found[code].is_broken:
                raise self._prepare_unmapped_error(system, domain_code, code)
        return found

    def _get_canonical_code(self):
        """Return our own code of the record; its name where it has no code.

        The same for everybody: a translated name would change with who asks.
        """
        self.ensure_one()
        # Nothing but the code: who sees the mapping may see what it stands for.
        Model = self.env[self.res_model].sudo().with_context(lang=None)
        record = Model.browse(self.res_id)
        for name in CODE_FIELDS:
            if name in record._fields and record[name]:
                return record[name]
        return record.display_name

    def _prepare_unmapped_error(self, system, domain_code, external_code):
        external_code = external_code.strip()
        return UnmappedCodeError(
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

    @api.model
    def _to_external(self, system, domain_code, record):
        """Return the code a system uses for a record, or False."""
        candidates = self.search(
            [("res_id", "=", record.id), *self._get_lookup_domain(system, domain_code)]
        )
        return candidates.sorted(lambda m: m._get_rank(), reverse=True)[
            :1
        ].external_code

    def _get_plant_code(self):
        """Return what files call the plant a mapping holds for; '' for every plant."""
        return ""

    @api.model
    def _get_holder(self, domain, record_id):
        """Return the record within which codes of a domain are unique, for addons whose
        records belong to others; empty: they are unique as they are.
        """
        return self.browse()

    @api.model
    def _read_plant_code(self, code, company):
        """Return the values that bind a mapping to a plant, for addons that know plants.

        :raises ValidationError: when there is no such plant.
        """
        if code:
            raise ValidationError(self.env._("There is no plant '%s'.", code))
        return {"plant_ref": 0}
