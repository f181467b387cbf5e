from odoo import api, fields, models
from odoo.exceptions import UserError

from .stock_move_line import INSIDE
from .traceability_balance_queries import find_balances

BALANCE = (
    "received",
    "made",
    "returned",
    "adjusted",
    "on_hand",
    "consumed",
    "shipped",
    "scrapped",
    "vendor_returned",
    "gap",
)
EVENT_OF_STATUS = {
    "pending": "inspection",
    "released": "release",
    "rejected": "rejection",
}


class StockLot(models.Model):
    _inherit = "stock.lot"

    trace_edge_count = fields.Integer(compute="_compute_trace_edge_count")
    trace_received = fields.Float(
        compute="_compute_mass_balance", digits="Product Unit", string="Received"
    )
    trace_made = fields.Float(
        compute="_compute_mass_balance", digits="Product Unit", string="Made"
    )
    trace_returned = fields.Float(
        compute="_compute_mass_balance",
        digits="Product Unit",
        string="Returned by customers",
    )
    trace_adjusted = fields.Float(
        compute="_compute_mass_balance", digits="Product Unit", string="Counted ±"
    )
    trace_on_hand = fields.Float(
        compute="_compute_mass_balance", digits="Product Unit", string="On hand"
    )
    trace_consumed = fields.Float(
        compute="_compute_mass_balance", digits="Product Unit", string="Consumed"
    )
    trace_shipped = fields.Float(
        compute="_compute_mass_balance", digits="Product Unit", string="Shipped"
    )
    trace_scrapped = fields.Float(
        compute="_compute_mass_balance", digits="Product Unit", string="Scrapped"
    )
    trace_vendor_returned = fields.Float(
        compute="_compute_mass_balance",
        digits="Product Unit",
        string="Returned to vendor",
    )
    trace_gap = fields.Float(
        compute="_compute_mass_balance", digits="Product Unit", string="Gap"
    )
    trace_explanation = fields.Char(
        compute="_compute_mass_balance", string="Mass balance"
    )
    supplier_lot = fields.Char(
        string="Supplier's lot number",
        index="btree_not_null",
        tracking=True,
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
        # An answer that somebody may not read names it all the same.
        line = self.env["traceability.recall.line"].sudo()
        line = line.search([("lot_id", "in", self.ids)], limit=1)
        traced = line.lot_id or self.filtered("trace_edge_count")
        if traced:
            raise UserError(
                self.env._(
                    "Lot %s has a history and stays on record: a recall must find it.",
                    traced[0].name,
                )
            )

    def get_mass_balance(self):
        """Return the mass balance of each lot, in its product's unit; over RPC too.

        From the stock itself: received + made + returned + adjusted = on hand +
        consumed + shipped + scrapped + vendor_returned + gap.

        :returns: ``{lot id as text: {received, …, gap, explanation}}``
        """
        self.check_access("read")
        found = find_balances(self.env, self.ids, self.env.companies.ids)
        numbers = {
            lot.id: {name: float(value) for name, value in found[lot.id].items()}
            for lot in self
        }
        return {
            str(lot.id): {
                **numbers[lot.id],
                "explanation": lot.product_id._explain_gap(numbers[lot.id]["gap"]),
            }
            for lot in self
        }

    @api.depends("quant_ids.quantity")
    def _compute_mass_balance(self):
        found = self._origin.get_mass_balance()
        for lot in self:
            balance = found.get(str(lot._origin.id), {})
            for name in BALANCE:
                lot[f"trace_{name}"] = balance.get(name, 0.0)
            lot.trace_explanation = balance.get("explanation")

    def action_open_genealogy(self):
        """Open everything that leads to this lot or away from it, at any depth."""
        self.ensure_one()
        Edge = self.env["traceability.edge"]
        found = {
            edge_id
            for way in ("forward", "backward")
            for edge_id in Edge.trace(self, way).edge_ids
        }
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "traceability.traceability_edge_action"
        )
        return dict(
            action,
            domain=[("id", "in", list(found))],
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

    def _on_lot_split(self, split):
        """What is wrong with a lot is wrong with the part that was split from it."""
        result = super()._on_lot_split(split)
        split._write_genealogy()
        self.env["traceability.lot.event"]._record_lines(
            split.sudo().out_line_id | split.sudo().in_line_id
        )
        return result

    def _move_part(self, quant, child, quantity, reason):
        """What the split is goes on the ledger once there is the split."""
        split = super(StockLot, self.with_context(trace_split=True))._move_part(
            quant, child, quantity, reason
        )
        return split.with_context(trace_split=False)

    def _on_disposition_changed(self, entries):
        """A hold or a release is an event in the life of the lot."""
        result = super()._on_disposition_changed(entries)
        # What is put on record of the lot does not depend on what of its stock the one
        # who decided may read.
        self.env["traceability.lot.event"]._record(
            [
                entry.lot_id.sudo()._prepare_disposition_event_vals(entry)
                for entry in entries
            ]
        )
        return result

    def _get_trace_place(self):
        """Return the one place of ours where all of the lot is, or none.

        Core's ``location_id`` is empty as soon as some of it has been used or shipped.
        """
        self.ensure_one()
        places = self.quant_ids.filtered(lambda quant: quant.quantity > 0).location_id
        inside = places.filtered(lambda place: place.usage in INSIDE)
        return inside if len(inside) == 1 else inside.browse()

    @api.model
    def _get_disposition_kind(self, entry):
        """Return what a change of the disposition is on the ledger."""
        if entry.path == "recall" and entry.to_status == "quarantined":
            return "recall"
        return EVENT_OF_STATUS.get(entry.to_status, "hold")

    def _prepare_disposition_event_vals(self, entry):
        self.ensure_one()
        return {
            "kind": self._get_disposition_kind(entry),
            "lot_id": self.id,
            "product_id": self.product_id.id,
            "quantity": self.product_qty,
            "uom_id": self.product_id.uom_id.id,
            "occurred_at": entry.recorded_at,
            "location_id": self._get_trace_place().id,
            "company_id": self.company_id.id,
            "reason": entry.reason,
            "res_model": entry._name,
            "res_id": entry.id,
        }
