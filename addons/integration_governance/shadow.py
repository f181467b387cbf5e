"""What a shadow run would have done, noted while it does it."""

import json

from odoo.tools import json_default

from .lib.effects import settle

KEY = "integration_shadow"
# How the suite and the mail system keep their own books is nobody's business effect.
LEFT_OUT = ("integration.", "mail.", "bus.", "ir.", "res.users")
# Steps, of which a record takes several; far beyond what one message does.
STEPS_MAX = 20_000


class EffectRecorder:
    """Notes creates, writes and deletes in one transaction.

    It hangs on the cursor: whatever environment a handler makes, it is found.
    """

    def __init__(self, cr):
        self.cr = cr
        self.effects = []

    def __enter__(self):
        self.cr.cache[KEY] = self
        return self

    def __exit__(self, *_error):
        self.cr.cache.pop(KEY, None)

    @staticmethod
    def of(cr):
        """Return the recorder at work in a transaction, or None."""
        return cr.cache.get(KEY)

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

    def _note(self, operation, record, values):
        if is_left_out(record):
            return
        if len(self.effects) >= STEPS_MAX:
            return
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
