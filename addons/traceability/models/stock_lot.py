from odoo import fields, models


class StockLot(models.Model):
    _inherit = "stock.lot"

    trace_step_count = fields.Integer(compute="_compute_trace_step_count")

    def _compute_trace_step_count(self):
        Edge = self.env["traceability.edge"]
        for lot in self:
            lot.trace_step_count = Edge.search_count(lot._get_step_domain())

    def _get_step_domain(self):
        return [
            "|",
            ("input_lot_id", "in", self.ids),
            ("output_lot_id", "in", self.ids),
        ]

    def action_open_genealogy(self):
        """Open the steps into and out of this lot."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "traceability.traceability_edge_action"
        )
        return dict(
            action,
            name=self.env._("Genealogy of %s", self.name),
            domain=self._get_step_domain(),
            context={},
        )

    def action_open_ledger(self):
        """Open what happened to this lot."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "traceability.traceability_lot_event_action"
        )
        return dict(
            action,
            name=self.env._("Ledger of %s", self.name),
            domain=[("lot_id", "=", self.id)],
            context={},
        )

    def action_simulate_recall(self):
        """Answer at once what a recall of this lot would mean."""
        self.ensure_one()
        recall = self.env["traceability.recall"].create({"lot_id": self.id})
        recall.action_run()
        return {
            "type": "ir.actions.act_window",
            "res_model": "traceability.recall",
            "res_id": recall.id,
            "view_mode": "form",
        }

    def _on_disposition_changed(self, entries):
        result = super()._on_disposition_changed(entries)
        # Whoever may decide about a lot adds to its ledger by doing so.
        entries.sudo()._record_lot_events()
        return result
