from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ..lib.suggestion import (
    SIMILAR_FROM,
    Suggestion,
    normalize,
    rank,
    similarity,
)

# Names are compared one by one; more candidates would only make the person wait.
CANDIDATES_MAX = 200
WORDS_MAX = 5
WORD_MIN = 3


class IntegrationMapping(models.Model):
    """What a code that nobody mapped yet may stand for."""

    _inherit = "integration.mapping"

    @api.model
    def _suggest(self, domain, system, code, name="", limit=5):
        """Return what a code may stand for, the likeliest first.

        :param domain: ``integration.mapping.domain``; ``code``: as the system sends it.
        :param name: what the system calls it in words, where it says so.
        :returns: list of ``lib.suggestion.Suggestion``.
        """
        found = self._find_suggestions(domain, system, code, name)
        return rank(found, limit)

    @api.model
    def _find_free_dates(self, vals, day):
        """Return the dates of a new mapping that holds on a day, beside those before
        and after it.

        :param vals: of the new mapping: its domain, system, company, code and record.
        """
        domain = self.env["integration.mapping.domain"].browse(vals["domain_id"])
        holder = self._get_holder(domain, vals["res_id"])
        others = self.search(
            [
                ("state", "=", "active"),
                ("plant_ref", "=", 0),
                ("holder_ref", "=", holder.id or 0),
                *(
                    (name, "=", vals[name])
                    for name in ("domain_id", "system_id", "company_id", "external_code")
                ),
            ]
        )
        ends = [end for end in others.mapped("valid_to") if end and end < day]
        begins = [start for start in others.mapped("valid_from") if start and start > day]
        one_day = timedelta(days=1)
        return {
            "valid_from": max(ends) + one_day if ends else False,
            "valid_to": min(begins) - one_day if begins else False,
        }

    @api.model
    def _find_suggestions(self, domain, system, code, name):
        """Return suggestions in any order, doubles included; addons add their rules."""
        return [
            *self._suggest_by_other_systems(domain, system, code),
            *self._suggest_by_key(domain, system, code),
            *self._suggest_by_name(domain, system, name or code),
        ]

    def _suggest_by_other_systems(self, domain, system, code):
        """What others mean by the same code."""
        known = self.search(
            [
                ("domain_id", "=", domain.id),
                ("external_code", "=ilike", code.replace("\\", "").replace("%", "")),
                ("company_id", "in", (system.company_id.id, False)),
                ("state", "=", "active"),
            ],
            limit=CANDIDATES_MAX,
        )
        return [
            Suggestion(
                mapping.res_id,
                0.8,
                self.env._("%s means this by it.", mapping.system_id.name)
                if mapping.system_id
                else self.env._("Mapped for every system."),
            )
            for mapping in known
            if not mapping.is_broken
        ]

    def _suggest_by_key(self, domain, system, code):
        """Records whose own key is the code, written this way or another."""
        if not domain.key_field:
            return []
        candidates = self._search_words(domain, system, domain.key_field, code)
        label = (
            self.env[domain.model_name]
            ._fields[domain.key_field]
            ._description_string(self.env)
        )
        return [
            Suggestion(
                record.id,
                0.9,
                self.env._("%(field)s is %(value)s.", field=label, value=key),
            )
            for record in candidates
            for key in [str(record[domain.key_field] or "")]
            if normalize(key) == normalize(code)
        ]

    def _suggest_by_name(self, domain, system, name):
        """Records with a name like this one."""
        Model = self.env[domain.model_name]
        field = Model._rec_name or "display_name"
        if field not in Model._fields or not Model._fields[field].store:
            return []
        return [
            # A name alone is never as good as a number.
            Suggestion(
                record.id,
                0.75 * likeness,
                self.env._("The name is like “%s”.", name),
            )
            for record in self._search_words(domain, system, field, name)
            for likeness in [similarity(record[field] or "", name)]
            if likeness >= SIMILAR_FROM
        ]

    def _search_words(self, domain, system, field, text):
        """Return records of a domain in which one of the longest words occurs."""
        words = sorted(text.replace("_", " ").split(), key=len, reverse=True)
        words = [word for word in words if len(word) >= WORD_MIN][:WORDS_MAX] or [text]
        Model = self.env[domain.model_name]
        found = Domain(domain._get_records()) & Domain.OR(
            [[(field, "ilike", word)] for word in words]
        )
        if "company_id" in Model._fields:
            found &= Domain("company_id", "in", (system.company_id.id, False))
        return Model.search(found, limit=CANDIDATES_MAX)
