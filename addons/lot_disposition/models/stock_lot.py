from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exceptions import LotOnHoldError
from ..lib.decision import HELD

# An inspector decides about what waits for inspection and may stop anything.
INSPECTOR_MAY = {("pending", "released")}


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "lot.disposition.mixin"]

    _disposition_column = "lot_id"

    disposition = fields.Selection(tracking=True)
    disposition_entry_ids = fields.One2many(
        "lot.disposition.entry", "lot_id", string="Disposition history"
    )

    _disposition_key = models.UniqueIndex("(id, disposition)")

    def write(self, vals):
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

    def _check_identity_change(self, vals):
        """A held lot under another name would be another lot.

        Quality may mend a name, on record. Nobody changes the product.
        """
        for lot in self:
            held = lot.disposition in HELD
            moved = vals.get("product_id", lot.product_id.id) != lot.product_id.id
            renamed = vals.get("name", lot.name) != lot.name
            if not held or not (moved or renamed):
                continue
            if moved or not self._is_quality():
                raise LotOnHoldError(
                    self.env._(
                        "Lot %(lot)s is %(status)s and keeps its name and product. Ask the "
                        "quality manager.",
                        lot=lot.name,
                        status=lot._get_disposition_label(),
                    )
                )
            lot._record(
                "identity",
                self.env._("Renamed to %s", vals["name"]),
                path="ui",
                subject=vals["name"],
            )

    def _prepare_disposition_entry_vals(self):
        return {
            **super()._prepare_disposition_entry_vals(),
            "subject": self.name,
            "product_id": self.product_id.id,
            "quantity": self.product_qty,
        }

    def _tell_disposition(self, reason):
        # A note on a change that was allowed, whoever made it: machines and inspectors
        # need not be followers.
        lots = self.sudo()
        lots._message_log_batch(
            bodies={
                lot.id: self.env._(
                    "Disposition: %(status)s. %(reason)s",
                    status=lot._get_disposition_label(),
                    reason=reason,
                )
                for lot in lots
            }
        )

    def _may_inspector_decide(self, status):
        return (self.disposition, status) in INSPECTOR_MAY or (
            super()._may_inspector_decide(status)
        )

    def _get_refused_subject(self, product):
        return self.env._(
            "Lot %(lot)s (%(product)s)",
            lot=self.name,
            product=self.product_id.display_name,
        )
