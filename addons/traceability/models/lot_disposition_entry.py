from odoo import models


class LotDispositionEntry(models.Model):
    _inherit = "lot.disposition.entry"

    def _record_lot_events(self):
        """Write these decisions into the lot ledger, inspections with their verdict."""
        vals_list = []
        for entry in self:
            for kind in entry._get_event_kinds():
                vals_list.append(entry._prepare_lot_event_vals(kind))
        self.env["traceability.lot.event"]._record(vals_list)

    def _get_event_kinds(self):
        """Return what a decision is in the ledger; an inspection is two things."""
        self.ensure_one()
        released = self.to_status == "released"
        if self.path == "recall" and not released:
            return ["recall"]
        kinds = ["release" if released else "hold"]
        if self.path == "inspection" and self.to_status != "pending":
            kinds.insert(0, "inspection")
        return kinds

    def _prepare_lot_event_vals(self, kind):
        self.ensure_one()
        lot = self.lot_id
        document = self.env[self.res_model].browse(self.res_id) if self.res_id else None
        quants = lot.quant_ids.filtered(
            lambda q: q.location_id.usage in ("internal", "transit") and q.quantity > 0
        )
        verdict = None
        if kind == "inspection":
            passed = self.to_status == "released"
            verdict = "conformant" if passed else "non_conformant"
        return self.env["traceability.lot.event"]._prepare_vals(
            kind,
            key=f"disposition:{self.id}:{kind}",
            product=lot.product_id,
            lot=lot,
            company=self.company_id or self.env.company,
            quantity=sum(quants.mapped("quantity")),
            occurred_at=self.recorded_at,
            location=quants[:1].location_id,
            document=document,
            reason=self.reason,
            disposition=verdict,
        )
