from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.decision import HELD, STATUSES
from .lot_disposition_entry import STATUS
from .lot_disposition_queries import FOR_CHANGE, FOR_USE, lock_rows

INSPECTOR = "lot_disposition.lot_disposition_group_inspector"
MANAGER = "lot_disposition.lot_disposition_group_manager"
GUARDED_FIELDS = {"disposition", "disposition_reason"}


class LotDispositionMixin(models.AbstractModel):
    """What decides about goods: the lot they are of, or a package or place they are in."""

    _name = "lot.disposition.mixin"
    _description = "Disposition"

    # Which column of the ledger names such a record.
    _disposition_column = ""
    _disposition_statuses = STATUSES
    # What follows from dispositions and is stored; Odoo would let it be written.
    _disposition_derived_fields = frozenset()

    disposition = fields.Selection(
        STATUS,
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="released",
        help="What it may be used for.",
    )
    disposition_reason = fields.Char(readonly=True, copy=False)
    is_held = fields.Boolean(compute="_compute_is_held", search="_search_is_held")

    @api.depends("disposition")
    def _compute_is_held(self):
        for record in self:
            record.is_held = record.disposition in HELD

    @api.model
    def _search_is_held(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("disposition", "in" if True in value else "not in", tuple(HELD))]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_guarded_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_guarded_fields(vals)
        return super().write(vals)

    def _check_guarded_fields(self, vals):
        """Keep the disposition from being written past its ledger.

        The database refuses it as well, whoever asks.
        """
        guarded = GUARDED_FIELDS | self._disposition_derived_fields
        if guarded & vals.keys() and not self.env.su:
            raise AccessError(
                self.env._(
                    "A disposition is changed with its buttons, which ask for the reason and "
                    "keep the history."
                )
            )

    def _get_disposition_label(self):
        self.ensure_one()
        labels = dict(self._fields["disposition"]._description_selection(self.env))
        return labels[self.disposition].lower()

    # Changing it ---------------------------------------------------------

    def action_release(self):
        return self._open_disposition_wizard("released")

    def action_quarantine(self):
        return self._open_disposition_wizard("quarantined")

    def action_reject(self):
        return self._open_disposition_wizard("rejected")

    def action_restrict(self):
        return self._open_disposition_wizard("restricted")

    def _open_disposition_wizard(self, status):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lot_disposition.lot_disposition_wizard_action"
        )
        field = self._disposition_column.replace("_id", "_ids")
        return dict(
            action, context={f"default_{field}": self.ids, "default_status": status}
        )

    def set_disposition(self, status, reason):
        """Change the disposition over RPC, with the rights of the caller.

        :param status: pending, released, restricted, quarantined or rejected.
        :param reason: one sentence; it stands in every refusal.
        """
        self._set_disposition(status, reason, path="rpc")
        return True

    def _set_disposition(
        self, status, reason, *, path="ui", origin=None, signature=None
    ):
        """Change what these may be used for; all of it in this transaction.

        Locks them, writes the ledger, takes back reservations the new status forbids,
        tells the documents concerned, then calls ``_on_disposition_changed``. What needs
        a second person or a signature becomes a ``lot.disposition.request`` instead.

        :param path: how it came about, see ``lot.disposition.entry``.
        :param origin: the record that caused it, if any.
        :param signature: ``lib.signature.Signature`` of the user, if given.
        :returns: the new ledger entries; empty when nothing changed.
        :raises AccessError: when the user may not decide that.
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason: it stands in every refusal."))
        if status not in self._disposition_statuses:
            raise UserError(
                self.env._(
                    "'%(status)s' is no disposition of this. It can be: %(statuses)s.",
                    status=status,
                    statuses=", ".join(self._disposition_statuses),
                )
            )
        self.check_access("read")
        changed = self.filtered(lambda record: record.disposition != status)
        if not changed:
            return self.env["lot.disposition.entry"]
        changed._check_may_decide(status)
        changed._check_ready(status)
        changed._lock_for_change()
        ready = changed._ask_for_approval(status, reason, path, origin, signature)
        return ready._apply_disposition(status, reason, path=path, origin=origin)

    def _check_ready(self, status):
        """Hook: refuse what must not be decided yet, whoever decides it.

        Asked when it is decided, and again when the last person approves.

        :raises UserError: what it waits for.
        """

    def _ask_for_approval(self, status, reason, path, origin, signature):
        """Hook: return those whose disposition may change at once."""
        return self

    def _apply_disposition(self, status, reason, *, path, origin=None, request=None):
        """Make the change; rights, locks and approvals are the caller's business."""
        if not self:
            return self.env["lot.disposition.entry"]
        entries = self._record(
            "disposition",
            reason,
            to_status=status,
            path=path,
            origin=origin,
            request_id=request.id if request else False,
        )
        # The fields have no other writer. The ledger goes first: the database looks.
        # Reservations are taken back whoever made them.
        self.sudo().write({"disposition": status, "disposition_reason": reason})
        self.sudo()._take_back_reservations(entries)
        self._tell_disposition(reason)
        self._on_disposition_changed(entries)
        return entries

    def _record(self, kind, reason, *, path="system", origin=None, **values):
        """Write one ledger entry for each of these records.

        :param kind: see ``lot.disposition.entry``.
        :param values: further columns, such as ``quantity``.
        """
        # Nobody may write the ledger by hand; each caller checked what it records. What
        # is put on record does not depend on what the user may read of the goods.
        vals_list = [
            {
                **record._prepare_disposition_entry_vals(),
                "kind": kind,
                "reason": reason,
                "path": path,
                "res_model": origin._name if origin else False,
                "res_id": origin.id if origin else False,
                **values,
            }
            for record in self.sudo()
        ]
        return self.env["lot.disposition.entry"].sudo().create(vals_list)

    def _prepare_disposition_entry_vals(self):
        self.ensure_one()
        return {
            self._disposition_column: self.id,
            "subject": self.display_name,
            "company_id": self.company_id.id,
            "from_status": self.disposition,
            "to_status": self.disposition,
            "user_id": self.env.uid,
            "recorded_at": fields.Datetime.now(),
        }

    def _tell_disposition(self, reason):
        """Hook: tell those who follow these records."""

    def _on_disposition_changed(self, entries):
        """Hook: the disposition of these has just changed, in this transaction.

        :param entries: the new ``lot.disposition.entry`` records, one for each.
        """

    def _check_may_decide(self, status):
        """Inspectors stop anything, managers decide all.

        :raises AccessError: names what the user may not decide.
        """
        if self.env.su:
            return
        if status != "quarantined":  # stopping what is free is everybody's, too
            self.filtered(lambda one: one.disposition != "released")._check_decided_here()
        if self.env.user.has_group(MANAGER):
            return
        inspector = self.env.user.has_group(INSPECTOR)
        for record in self:
            if not (inspector and record._may_inspector_decide(status)):
                raise AccessError(
                    self.env._(
                        "%(name)s is %(status)s. Only the quality manager can decide that.",
                        name=record.display_name,
                        status=record._get_disposition_label(),
                    )
                )

    def _check_decided_here(self):
        """:raises UserError: names the system that decides about these."""
        for record in self:
            if decider := record._find_decider():
                raise UserError(
                    self.env._(
                        "%(decider)s is the system of record of %(name)s. Decide there; "
                        "here it can only be quarantined.",
                        decider=decider,
                        name=record.display_name,
                    )
                )

    def _find_decider(self):
        """Hook: return the name of another system that alone decides about this."""
        return ""

    def _may_inspector_decide(self, status):
        return status == "quarantined"

    def _lock_for_change(self):
        """Wait for whoever is using these goods, and keep others from starting to.

        The disposition is part of a unique index, so that changing it conflicts with the
        key-share locks of those who use the goods, and with nobody else's.
        """
        lock_rows(self, FOR_CHANGE)

    def _lock_for_use(self):
        """Hold off whoever changes the disposition until this transaction ends.

        Shipments do not wait for each other. If the disposition was changed since this
        transaction began, PostgreSQL reports a serialization failure and Odoo runs the
        request again on the new state.
        """
        lock_rows(self, FOR_USE)

    @api.model
    def _is_quality(self):
        """Tell whether the user belongs to the quality group."""
        return self.env.user.has_group(INSPECTOR)
