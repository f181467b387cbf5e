from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..exceptions import LotOnHoldError
from ..lib.decision import HELD, is_allowed
from .lot_disposition_entry import STATUS

INSPECTOR = "lot_disposition.lot_disposition_group_inspector"
MANAGER = "lot_disposition.lot_disposition_group_manager"
# An inspector decides about what waits for inspection and may stop anything.
INSPECTOR_MAY = {("pending", "released")}
GUARDED_FIELDS = {"disposition", "disposition_reason"}


class StockLot(models.Model):
    _inherit = "stock.lot"

    disposition = fields.Selection(
        STATUS,
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="released",
        tracking=True,
        help="What this lot may be used for.",
    )
    disposition_reason = fields.Char(readonly=True, copy=False)
    disposition_entry_ids = fields.One2many(
        "lot.disposition.entry", "lot_id", string="Disposition history"
    )
    is_held = fields.Boolean(compute="_compute_is_held", search="_search_is_held")

    @api.depends("disposition")
    def _compute_is_held(self):
        for lot in self:
            lot.is_held = lot.disposition in HELD

    @api.model
    def _search_is_held(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("disposition", "in" if True in value else "not in", tuple(HELD))]

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_guarded_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_guarded_fields(vals)
        if {"name", "product_id"} & vals.keys():
            self._check_identity_change(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_record(self):
        for lot in self:
            if lot.sudo().disposition_entry_ids:  # the ledger decides, for everybody
                raise UserError(
                    self.env._(
                        "Lot %s has a disposition history and stays on record. Archive its "
                        "product or let the lot run out instead.",
                        lot.name,
                    )
                )

    def _check_guarded_fields(self, vals):
        """Keep the disposition from being written past its ledger."""
        if GUARDED_FIELDS & vals.keys() and not self.env.su:
            raise AccessError(
                self.env._(
                    "A disposition is changed with its buttons, which ask for the reason and "
                    "keep the history."
                )
            )

    def _check_identity_change(self, vals):
        """A held lot under another name would be another lot."""
        for lot in self:
            changed = vals.get("name", lot.name) != lot.name or (
                vals.get("product_id", lot.product_id.id) != lot.product_id.id
            )
            if changed and lot.disposition in HELD and not self._is_quality():
                raise LotOnHoldError(
                    self.env._(
                        "Lot %(lot)s is %(status)s and keeps its name and product. Ask the "
                        "quality manager.",
                        lot=lot.name,
                        status=lot._get_disposition_label(),
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
        return dict(
            action,
            context={
                "default_lot_ids": self.ids,
                "default_status": status,
            },
        )

    def set_disposition(self, status, reason):
        """Change the disposition over RPC, with the rights of the caller.

        :param status: pending, released, restricted, quarantined or rejected.
        :param reason: one sentence; it stands in every refusal.
        """
        self._set_disposition(status, reason, path="rpc")
        return True

    def _set_disposition(self, status, reason, *, path="ui", origin=None):
        """Change what these lots may be used for; all of it in this transaction.

        Locks the lots, takes back reservations the new status forbids, writes the
        ledger, tells the chatter, then calls ``_on_disposition_changed``.

        :param path: how it came about, see ``lot.disposition.entry``.
        :param origin: the record that caused it, if any.
        :returns: the new ledger entries; empty when nothing changed.
        :raises AccessError: when the user may not decide that.
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason: it stands in every refusal."))
        self.check_access("read")
        changed = self.filtered(lambda lot: lot.disposition != status)
        if not changed:
            return self.env["lot.disposition.entry"]
        changed._check_may_decide(status)
        changed._lock_for_change()
        vals_list = [
            lot._prepare_disposition_entry_vals(status, reason, path, origin)
            for lot in changed
        ]
        # Rights were checked above; the fields and the ledger have no other writer.
        changed.sudo().write({"disposition": status, "disposition_reason": reason})
        entries = self.env["lot.disposition.entry"].sudo().create(vals_list)
        changed.sudo()._take_back_reservations()
        changed._tell_disposition(reason)
        changed._on_disposition_changed(entries)
        return entries

    def _prepare_disposition_entry_vals(self, status, reason, path, origin):
        self.ensure_one()
        return {
            "lot_id": self.id,
            "product_id": self.product_id.id,
            "company_id": self.company_id.id,
            "from_status": self.disposition,
            "to_status": status,
            "reason": reason,
            "path": path,
            "user_id": self.env.uid,
            "recorded_at": fields.Datetime.now(),
            "res_model": origin._name if origin else False,
            "res_id": origin.id if origin else False,
        }

    def _tell_disposition(self, reason):
        for lot in self.sudo():  # machines and inspectors need not be followers
            lot.message_post(
                body=self.env._(
                    "Disposition: %(status)s. %(reason)s",
                    status=lot._get_disposition_label(),
                    reason=reason,
                )
            )

    def _on_disposition_changed(self, entries):
        """Hook: the disposition of these lots has just changed, in this transaction.

        :param entries: the new ``lot.disposition.entry`` records, one per lot.
        """

    def _check_may_decide(self, status):
        """Inspectors decide about pending lots and stop any; managers decide all."""
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        inspector = self.env.user.has_group(INSPECTOR)
        for lot in self:
            allowed = (
                status == "quarantined" or (lot.disposition, status) in INSPECTOR_MAY
            )
            if not (inspector and allowed):
                raise AccessError(
                    self.env._(
                        "Lot %(lot)s is %(status)s. Only the quality manager can decide that.",
                        lot=lot.name,
                        status=lot._get_disposition_label(),
                    )
                )

    def _take_back_reservations(self):
        """Unreserve, picked or not, what the disposition no longer allows.

        The moves look for other stock at once.
        """
        lines = self.env["stock.move.line"].search(
            [
                ("lot_id", "in", self.filtered("is_held").ids),
                ("state", "not in", ("done", "cancel")),
            ]
        )
        forbidden = lines.filtered(
            lambda line: not is_allowed(line.lot_id.disposition, line._get_lot_use())
        )
        moves = forbidden.move_id
        forbidden.unlink()
        moves.filtered(lambda move: not move.move_line_ids).picked = False
        moves.filtered(
            lambda move: move.state in ("confirmed", "partially_available", "waiting")
        )._action_assign()

    # Asking --------------------------------------------------------------

    @api.model
    def _is_quality(self):
        """Tell whether the user belongs to the quality group."""
        return self.env.user.has_group(INSPECTOR)

    def _check_use(self, use):
        """Refuse a use that the disposition forbids.

        :param use: see ``lib.decision.Use``
        :raises LotOnHoldError: names the lot, its status, the reason and the way out.
        """
        quality = self._is_quality()
        for lot in self:
            if not is_allowed(lot.disposition, use, quality=quality):
                raise LotOnHoldError(lot._prepare_refusal(use))

    def _prepare_refusal(self, use):
        self.ensure_one()
        uses = {
            "consume": self.env._("consumed"),
            "ship": self.env._("shipped"),
            "scrap": self.env._("scrapped"),
            "internal": self.env._("moved out of its place"),
            "transfer_out": self.env._("transferred"),
            "correction": self.env._("corrected in the inventory"),
        }
        return self.env._(
            "Lot %(lot)s (%(product)s) is %(status)s and cannot be %(use)s. "
            "Reason: %(reason)s. Choose another lot, move it to a quarantine location, or "
            "ask quality to change its disposition.",
            lot=self.name,
            product=self.product_id.display_name,
            status=self._get_disposition_label(),
            use=uses.get(use, use),
            reason=self.disposition_reason or self.env._("none given"),
        )

    def _lock_for_change(self):
        """Wait for whoever is using these lots, and keep others from starting to."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM stock_lot WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                self.ids,
            )
        )

    def _lock_for_use(self):
        """Hold off whoever changes the disposition until this transaction ends.

        A shared lock: shipments do not wait for each other. If the disposition was
        changed since this transaction began, PostgreSQL reports a serialization failure
        and Odoo runs the request again on the new state.
        """
        if self:
            self.env["stock.lot"].flush_model(["disposition"])
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM stock_lot WHERE id = ANY(%s) ORDER BY id FOR SHARE",
                    self.ids,
                )
            )
