"""What a shadow run would have done, beside what the existing flow did meanwhile."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Domain

from .lib.effects import settle
from .shadow import is_left_out, plain

# Values that two flows give the same thing differently, for no reason that matters.
NEVER_COMPARED = ("name", "sequence", "create_date", "write_date", "user_id")
# Fields that tell which of our records a shadow run would have made.
KEY_TYPES = ("many2one", "char", "selection")
# The existing flow may have been first.
LOOK_BACK = timedelta(days=7)
CANDIDATES_MAX = 50
# A moment this close before the end of a run is the moment of the run.
RUN_SECONDS = 60


class Comparison:
    """Compares one run, record by record.

    What the run made is gone; the record that the existing flow made instead is its
    *twin*. Each of ours is the twin of one at most, and links between what the run made
    are compared as links between twins.

    :param run: one ``integration.shadow.run``.
    """

    def __init__(self, run):
        self.env = run.env
        self.effects = settle(run.effects or ())
        self.since = run.delivery_id.received_at - LOOK_BACK
        self.ran_at = run.ran_at
        self.made = {
            (effect["model"], effect["id"]): effect
            for effect in self.effects
            if effect["operation"] == "create" and self._is_compared(effect)
        }
        # {(model, id that the run gave it): id of the twin, or None without one}
        self.twins = {}
        self.is_exact = True
        self.asked = set()
        self.searching = set()
        # The number that a sequence gave the run's document, and the one of its twin.
        self.names = {}

    def find_differences(self):
        """Return a list of values of ``integration.shadow.difference``."""
        # Exact twins first, so that none of them is taken by what is only like it.
        for is_exact in (True, False):
            self.is_exact, self.asked = is_exact, set()
            for key in self.made:
                self._get_twin_id(key)
        return [
            vals
            for effect in self.effects
            if self._is_compared(effect)
            for vals in self._compare(effect)
        ]

    def _is_compared(self, effect):
        """Its addon may have been removed since, or its kind is compared no more."""
        model = effect["model"]
        return model in self.env and not is_left_out(self.env[model])

    def _compare(self, effect):
        Model, record_id = self.env[effect["model"]], effect["id"]
        if effect["operation"] == "create":
            record_id = self._get_twin_id((effect["model"], record_id))
        record = Model.browse(record_id).exists()
        if effect["operation"] == "unlink":
            return [self._prepare(effect, "", None, "exists")] if record else []
        if not record:
            return [self._prepare(effect, "", effect["name"], None)]
        return [
            self._prepare(effect, name, wanted, actual, record)
            for name, wanted, actual in self._find_unequal(effect, record)
        ]

    # Twins ------------------------------------------------------------------

    def _get_twin_id(self, key):
        """Return the id of what the existing flow made instead, or None.

        :param key: ``(model, id that the run gave it)``.
        """
        if key not in self.asked and not self.twins.get(key):
            self.asked.add(key)
            self.searching.add(key)
            self.twins[key] = self._find_twin(self.made[key]).id or None
            self.searching.remove(key)
        return self.twins.get(key)

    def _find_twin(self, effect):
        """Return the record of ours that is most like one that the run made."""
        if self._is_orphan(effect):
            return self.env[effect["model"]].browse()
        candidates = self._find_candidates(effect)
        twin = min(
            candidates,
            key=lambda record: len(self._find_unequal(effect, record)),
            default=candidates,
        )
        number = effect["values"].get("name", [None, None])[1]
        if twin and isinstance(number, str) and isinstance(plain(twin, "name"), str):
            self.names[number] = plain(twin, "name")
        return twin

    def _find_candidates(self, effect):
        """Return records with all its links, and all or one of its words."""
        Model = self.env[effect["model"]].with_context(active_test=False)
        keys = {kind: [] for kind in KEY_TYPES}
        for name, wanted in self._get_wanted(effect).items():
            kind = Model._fields[name].type
            if wanted and kind in keys:
                keys[kind].append(Domain(name, "=", wanted))
        if not any(keys.values()):
            return Model.browse()
        words = Domain.AND(keys["char"] + keys["selection"])
        if keys["char"] and not self.is_exact:
            words = Domain.OR(keys["char"])
        taken = [
            twin_id
            for (model, _id), twin_id in self.twins.items()
            if model == effect["model"] and twin_id
        ]
        found = Domain("create_date", ">=", self.since) & Domain("id", "not in", taken)
        found &= Domain.AND(keys["many2one"]) & words
        return Model.search(found, limit=CANDIDATES_MAX, order="id")

    def _is_orphan(self, effect):
        """Tell whether it belongs to something of the run that has no twin."""
        return any(
            link in self.made
            and link not in self.searching
            and not self._get_twin_id(link)
            for link in self._get_links(effect)
        )

    def _get_links(self, effect):
        """Return ``[(model, id)]`` of what a record of the run links to."""
        known = self.env[effect["model"]]._fields
        return [
            (known[name].comodel_name, new)
            for name, (_old, new) in effect["values"].items()
            if name in known and known[name].type == "many2one"
        ]

    # Values -----------------------------------------------------------------

    def _find_unequal(self, effect, record):
        """Return ``[(field, what the run gave it, what is there)]``."""
        return [
            (name, wanted, actual)
            for name, wanted in self._get_wanted(effect).items()
            for actual in [plain(record, name)]
            if not self._is_equal(record._fields[name], wanted, actual)
        ]

    def _get_wanted(self, effect):
        """Return ``{field: value}`` of what can be compared."""
        known = self.env[effect["model"]]._fields
        left_out = NEVER_COMPARED if effect["operation"] == "create" else ()
        values = {
            name: new
            for name, (_old, new) in effect["values"].items()
            if name in known and name not in left_out
        }
        return {
            name: self._translate(known[name], new)
            for name, new in values.items()
            if self._is_comparable(known[name], new)
        }

    def _is_comparable(self, field, value):
        if field.type == "many2one":
            if field.comodel_name not in self.env:
                return False
            if is_left_out(self.env[field.comodel_name]):
                return False
            # That the record itself has no twin is said once, where it was made.
            link = field.comodel_name, value
            return link not in self.made or bool(self._get_twin_id(link))
        return not (field.type == "datetime" and self._is_moment_of_run(value))

    def _is_moment_of_run(self, value):
        """Tell whether a value only says when the run took place."""
        moment = fields.Datetime.to_datetime(value or None)
        if not moment:
            return False
        early = (self.ran_at - moment).total_seconds()
        return -1 <= early <= RUN_SECONDS

    def _translate(self, field, value):
        """Return a value with what the run made replaced by its twin."""
        if field.type == "many2one":
            return self.twins.get((field.comodel_name, value)) or value
        if field.type == "char":
            return self.names.get(value, value)
        return value

    def _is_equal(self, field, wanted, actual):
        if field.type in ("float", "monetary"):
            return abs((wanted or 0) - (actual or 0)) < 1e-6
        return (wanted or None) == (actual or None)

    def _prepare(self, effect, name, shadow, actual, record=None):
        return {
            "res_model": effect["model"],
            "res_id": record.id if record else effect["id"],
            "record_name": record.display_name if record else effect["name"],
            "field_name": name,
            "shadow_value": str(shadow),
            "actual_value": self.env._("missing") if actual is None else str(actual),
        }
