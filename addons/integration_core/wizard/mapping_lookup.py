"""What the lines of a mapping file name, found with a few queries for all of them."""

from odoo.exceptions import ValidationError

PLACE = (
    "domain_id",
    "system_id",
    "company_id",
    "plant_ref",
    "holder_ref",
    "external_code",
    "valid_from",
)


class MappingLookup:
    """:param lines: list of the texts of each line, by column."""

    def __init__(self, env, lines):
        self.env = env
        self.lines = lines
        self._named = {}
        self._records = {}
        self._plants = {}
        self._mappings = None
        self._lines_by_place = {}

    def find_one(self, model, field, value):
        """Return the only record of that name.

        :raises ValidationError: when there is none, or more than one.
        """
        key = model, value
        if key not in self._named:
            self._named[key] = self.env[model].search([(field, "=", value)])
        found = self._named[key]
        if len(found) != 1:
            raise ValidationError(
                self.env._(
                    "There is no %(model)s '%(value)s'.",
                    model=self.env[model]._description.lower(),
                    value=value,
                )
            )
        return found

    def find_record(self, domain, key, company):
        """Return what a line's code stands for.

        :raises ValidationError: when it is not found, or not only one.
        """
        place = domain, company
        if place not in self._records:
            keys = {
                line["record"] for line in self.lines if line.get("domain") == domain.code
            }
            self._records[place] = domain._find_records(keys, company)
        record = self._records[place][key]
        if not record:
            raise domain._prepare_unknown_error(key)
        return record

    def read_plant(self, code, company):
        """Return the values that bind a mapping to a plant.

        :raises ValidationError: when there is no such plant.
        """
        key = code, company
        if key not in self._plants:
            Mapping = self.env["integration.mapping"]
            self._plants[key] = Mapping._read_plant_code(code, company)
        return self._plants[key]

    def claim_place(self, vals, number):
        """Note which line speaks of a mapping.

        :raises ValidationError: when another one did: the last would win unseen.
        """
        known = self._lines_by_place.setdefault(self._get_place(vals), number)
        if known != number:
            raise ValidationError(
                self.env._(
                    "'%(code)s' stands in line %(number)s already.",
                    code=vals["external_code"],
                    number=known,
                )
            )

    def find_mapping(self, vals):
        """Return the mapping a line is about: same code, place and beginning."""
        if self._mappings is None:
            codes = {line.get("external_code") for line in self.lines}
            known = self.env["integration.mapping"].search(
                [("external_code", "in", list(codes)), ("state", "!=", "retired")],
                order="id desc",
            )
            self._mappings = {
                self._get_place(values): mapping
                for mapping, values in zip(
                    known, known.read(PLACE, load=""), strict=True
                )
            }
        return self._mappings.get(
            self._get_place(vals), self.env["integration.mapping"]
        )

    def _get_place(self, vals):
        return tuple(vals.get(name) or False for name in PLACE)
