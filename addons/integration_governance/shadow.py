"""What a shadow run would have done, noted while it does it."""

import json
from weakref import WeakKeyDictionary

from odoo.tools import json_default

from .lib.effects import settle, without_idle

# By cursor. What hangs on the cursor itself goes when a savepoint is rolled back.
_AT_WORK = WeakKeyDictionary()
# How the suite and the mail system keep their own books is nobody's business effect.
LEFT_OUT = ("integration.", "mail.", "bus.", "ir.", "res.users")
# Steps, of which a record takes several; far beyond what one message does.
STEPS_MAX = 20_000


class EffectRecorder:
    """Notes creates, writes and deletes in one transaction.

    It is found by the cursor, whatever environment a handler makes.
    """

    def __init__(self, cr):
        self.cr = cr
        self.effects = []
        # As their handler had them: in its language, of its company.
        self.records = {}

    def __enter__(self):
        _AT_WORK[self.cr] = self
        return self

    def __exit__(self, *_error):
        _AT_WORK.pop(self.cr, None)

    @staticmethod
    def of(cr):
        """Return the recorder at work in a transaction, or None."""
        return _AT_WORK.get(cr)

    def read_plain(self, records, names):
        """Return ``{record id: {field: plain value}}`` of stored plain fields."""
        return {
            record.id: {
                name: plain(record, name) for name in names if _is_plain(record, name)
            }
            for record in records
        }

    def note_created(self, records, vals_list):
        for record, vals in zip(records, vals_list, strict=True):
            names = [name for name in vals if _is_plain(record, name)]
            values = {name: [None, plain(record, name)] for name in names}
            self._note("create", record, values)

    def note_written(self, records, before, names):
        after = self.read_plain(records, names)
        for record in records:
            values = {
                name: [old, after[record.id][name]]
                for name, old in before[record.id].items()
                if old != after[record.id][name]
            }
            if values:
                self._note("write", record, values)

    def note_deleted(self, records):
        for record in records:
            self._note("unlink", record, {})

    def get_settled(self):
        """Return one effect per record: what the run came to, without its steps."""
        return settle(self.effects)

    def get_in_force(self):
        """Return them while the records show them: without what a savepoint took back."""
        found = (self._look_again(effect) for effect in self.get_settled())
        return [effect for effect in found if effect]

    def _look_again(self, effect):
        """Return an effect as its record shows it, None where it shows none."""
        record = self.records[effect["model"], effect["id"]].exists()
        if effect["operation"] == "unlink":
            return None if record else effect
        if not record:
            return None
        values = {
            name: [old, plain(record, name)]
            for name, (old, _new) in effect["values"].items()
        }
        return without_idle({**effect, "values": values})

    def _note(self, operation, record, values):
        if is_left_out(record):
            return
        if len(self.effects) >= STEPS_MAX:
            return
        self.records.setdefault((record._name, record.id), record)
        self.effects.append(
            {
                "operation": operation,
                "model": record._name,
                "id": record.id,
                "name": record.display_name,
                "values": json.loads(json.dumps(values, default=json_default)),
            }
        )


def is_left_out(record):
    """Tell whether writing a record is nobody's business effect."""
    return (
        record._name.startswith(LEFT_OUT)
        or record._transient
        or not record._is_business_effect
        # A ledger tells of each flow what that flow did.
        or isinstance(record, record.env.registry["append.only.mixin"])
    )


def _is_plain(record, name):
    field = record._fields.get(name)
    return bool(
        field and field.store and field.type not in ("one2many", "many2many", "binary")
    )


def plain(record, name):
    """Return a field's value as JSON keeps it."""
    field = record._fields[name]
    return json.loads(
        json.dumps(field.convert_to_write(record[name], record), default=json_default)
    )
