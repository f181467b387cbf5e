from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

FUNCTION = "append_only_refuse"
TRIGGER_ROWS = "append_only_rows"
TRIGGER_TRUNCATE = "append_only_truncate"


class AppendOnlyMixin(models.AbstractModel):
    """A ledger: rows are inserted and never changed or deleted.

    Inherit it and nothing else is needed. The promise is kept by triggers on the
    table, so it also holds for raw SQL, imports and superusers of Odoo. Rows may
    leave only inside :meth:`_purge`, which a retention job calls.
    """

    _name = "append.only.mixin"
    _description = "Append-only Mixin"

    def init(self):
        super().init()
        if self._abstract or not self._auto:
            return
        self._install_append_only_triggers()

    def _install_append_only_triggers(self):
        """Create the triggers on this model's table; safe to repeat."""
        table = SQL.identifier(self._table)
        function = SQL.identifier(FUNCTION)
        self.env.cr.execute(
            SQL(
                """
            CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'DELETE'
                   AND current_setting('append_only.purge', true) = TG_TABLE_NAME THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION USING
                    ERRCODE = 'restrict_violation',
                    MESSAGE = 'Table ' || TG_TABLE_NAME || ' is append-only: '
                              || TG_OP || ' is refused';
            END $$
            """,
                function,
            )
        )
        for trigger, event, level in (
            (TRIGGER_ROWS, SQL("UPDATE OR DELETE"), SQL("ROW")),
            (TRIGGER_TRUNCATE, SQL("TRUNCATE"), SQL("STATEMENT")),
        ):
            self.env.cr.execute(
                SQL(
                    "CREATE OR REPLACE TRIGGER %s BEFORE %s ON %s FOR EACH %s"
                    " EXECUTE FUNCTION %s()",
                    SQL.identifier(trigger),
                    event,
                    table,
                    level,
                    function,
                )
            )

    def _init_column(self, column_name):
        """Let a new column of an upgraded addon receive its default."""
        # The trigger exists only once the table went through init().
        self.env.cr.execute(
            SQL(
                "SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s",
                self._table,
                TRIGGER_ROWS,
            )
        )
        guarded = bool(self.env.cr.rowcount)
        if guarded:
            self._toggle_append_only_trigger(SQL("DISABLE"))
        result = super()._init_column(column_name)
        if guarded:
            self._toggle_append_only_trigger(SQL("ENABLE"))
        return result

    def _toggle_append_only_trigger(self, verb):
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %s %s TRIGGER %s",
                SQL.identifier(self._table),
                verb,
                SQL.identifier(TRIGGER_ROWS),
            )
        )

    def write(self, vals):
        """Refuse early, with a sentence; the trigger would refuse as well.

        :raises UserError: always, unless nothing stored would change.
        """
        if self and any(self._fields[name].store for name in vals):
            raise UserError(
                self.env._(
                    "%(model)s records are a ledger and cannot be changed. "
                    "Record a correction as a new entry instead.",
                    model=self._description,
                )
            )
        return super().write(vals)

    def unlink(self):
        """Refuse early, with a sentence; only :meth:`_purge` deletes.

        :raises UserError: when there is anything to delete.
        """
        if self:
            raise UserError(
                self.env._(
                    "%(model)s records are a ledger and cannot be deleted.",
                    model=self._description,
                )
            )
        return super().unlink()

    def _purge(self):
        """Delete these rows for good, as a retention rule asks.

        The caller leaves a tombstone first. The permission lasts for this one
        statement: it is a setting local to the transaction and is taken back.
        """
        if not self:
            return
        set_permission = SQL(
            "SELECT set_config('append_only.purge', %s, true)", self._table
        )
        self.env.cr.execute(set_permission)
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE id = ANY(%s)",
                SQL.identifier(self._table),
                self.ids,
            )
        )
        self.env.cr.execute("SELECT set_config('append_only.purge', '', true)")
        self.invalidate_model()
