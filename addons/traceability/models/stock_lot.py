from odoo import api, fields, models
from odoo.exceptions import UserError

EVENT_OF_STATUS = {"pending": "inspection", "released": "release"}


class StockLot(models.Model):
    _inherit = "stock.lot"

    trace_edge_count = fields.Integer(compute="_compute_trace_edge_count")
    supplier_lot = fields.Char(
        string="Supplier's lot number",
        index="btree_not_null",
        help="Where it differs from our own number; a recall finds the lot by both.",
    )

    def _compute_trace_edge_count(self):
        Edge = self.env["traceability.edge"]
        for lot in self:
            # By vertex: what the indexes of the walk know.
            lot.trace_edge_count = Edge.search_count(
                [
                    ("kind", "!=", "internal"),
                    "|",
                    ("input_vertex", "=", lot.id),
                    ("output_vertex", "=", lot.id),
                ]
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_traced(self):
        """Deleting an emptied lot would blank the history of what was made of it."""
        traced = self.filtered("trace_edge_count")
        if traced:
            raise UserError(
                self.env._(
                    "Lot %s has a history and stays on record: a recall must find it.",
                    traced[0].name,
                )
            )

    def action_open_genealogy(self):
        """Open everything that leads to this lot or away from it, at any depth."""
        self.ensure_one()
        Edge = self.env["traceability.edge"]
        lots = {
            row[0] for way in ("forward", "backward") for row in Edge._walk(self, way)
        }
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "traceability.traceability_edge_action"
        )
        return dict(
            action,
            domain=[
                "|",
                ("input_lot_id", "in", list(lots)),
                ("output_lot_id", "in", list(lots)),
            ],
            context={},
        )

    def get_genealogy_picture(self):
        """Return what the picture of this lot shows, see ``traceability.picture``."""
        self.ensure_one()
        self.check_access("read")
        return self.env["traceability.picture"]._draw(self)

    def action_open_picture(self):
        """Open the picture of everything that leads to this lot and away from it."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id(
            "traceability.genealogy_picture_action"
        )
        return dict(action, context={"active_id": self.id}, params={"lot_id": self.id})

    def action_simulate_recall(self):
        """Answer: where did this lot go? Nothing is changed by asking."""
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
        """A hold or a release is an event in the life of the lot."""
        result = super()._on_disposition_changed(entries)
        self.env["traceability.lot.event"]._record(
            [
                entry.lot_id.sudo()._prepare_disposition_event_vals(entry)
                for entry in entries
            ]
        )
        return result

    def _prepare_disposition_event_vals(self, entry):
        self.ensure_one()
        return {
            "kind": EVENT_OF_STATUS.get(entry.to_status, "hold"),
            "lot_id": self.id,
            "product_id": self.product_id.id,
            "quantity": self.product_qty,
            "uom_id": self.product_id.uom_id.id,
            "occurred_at": entry.recorded_at,
            "location_id": self.location_id.id,
            "company_id": self.company_id.id,
            "reason": entry.reason,
            "res_model": entry._name,
            "res_id": entry.id,
        }
