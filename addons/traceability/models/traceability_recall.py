import time

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from . import traceability_recall_queries as queries


class TraceabilityRecall(models.Model):
    """The answer to: where did this lot go, and who has it now?"""

    _name = "traceability.recall"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Recall"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    mode = fields.Selection(
        [("simulation", "Simulation"), ("real", "Recall")],
        required=True,
        default="simulation",
        readonly=True,
        tracking=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("answered", "Answered"), ("contained", "Contained")],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Suspect lot",
        required=True,
        index=True,
        ondelete="restrict",
    )
    product_id = fields.Many2one(related="lot_id.product_id")
    reason = fields.Char(help="Why the lot is suspect; it stands on every hold.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    asked_at = fields.Datetime(readonly=True)
    answer_milliseconds = fields.Integer(readonly=True, string="Time to answer (ms)")
    line_ids = fields.One2many("traceability.recall.line", "recall_id", readonly=True)
    stock_ids = fields.One2many("traceability.recall.stock", "recall_id", readonly=True)
    customer_ids = fields.One2many(
        "traceability.recall.customer", "recall_id", readonly=True
    )
    production_ids = fields.Many2many("mrp.production", readonly=True)
    lot_count = fields.Integer(compute="_compute_counts", string="Affected lots")
    production_count = fields.Integer(compute="_compute_counts", string="Orders")
    customer_count = fields.Integer(compute="_compute_counts", string="Customers")

    @api.depends("line_ids", "production_ids", "customer_ids")
    def _compute_counts(self):
        for recall in self:
            recall.lot_count = len(recall.line_ids)
            recall.production_count = len(recall.production_ids)
            recall.customer_count = len(recall.customer_ids.partner_id)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "traceability.recall"
                )
        return super().create(vals_list)

    def action_run(self):
        """Find what is affected. Asking changes nothing but the answer."""
        for recall in self:
            start = time.monotonic()
            recall._clear_answer()
            recall.write(recall._prepare_answer_vals())
            recall.write(
                {
                    "state": "answered",
                    "asked_at": fields.Datetime.now(),
                    "answer_milliseconds": max(
                        1, int((time.monotonic() - start) * 1000)
                    ),
                }
            )
        return True

    def action_contain(self):
        """Quarantine every affected lot that is not stopped yet."""
        for recall in self:
            if recall.state == "draft":
                raise UserError(self.env._("Run %s first.", recall.name))
            lots = recall.line_ids.lot_id.filtered(
                lambda lot: lot.disposition not in ("quarantined", "rejected")
            )
            reason = self.env._(
                "%(recall)s, suspect lot %(lot)s: %(reason)s",
                recall=recall.name,
                lot=recall.lot_id.name,
                reason=recall.reason or self.env._("recall"),
            )
            lots._set_disposition("quarantined", reason, path="recall", origin=recall)
            recall.write({"state": "contained", "mode": "real"})
            recall.message_post(body=self.env._("%s lots were quarantined.", len(lots)))
        return True

    def _clear_answer(self):
        self.line_ids.unlink()
        self.stock_ids.unlink()
        self.customer_ids.unlink()

    def _prepare_answer_vals(self):
        """Return the answer as values of this record."""
        self.ensure_one()
        reached = self.env["traceability.edge"]._walk(self.lot_id)
        lot_ids = [vertex for vertex, _depth, _path in reached if vertex > 0]
        nodes = [-vertex for vertex, _depth, _path in reached if vertex < 0]
        names = {lot.id: lot.name for lot in self.env["stock.lot"].browse(lot_ids)}
        for node in self.env["traceability.node"].browse(nodes):
            names[-node.id] = node.display_name
        edges = self.env["traceability.edge"].search(
            [
                ("kind", "=", "production"),
                ("input_lot_id", "in", lot_ids),
            ]
        )
        return {
            "line_ids": [
                Command.create(
                    {
                        "lot_id": lot_id,
                        "depth": depth,
                        "path": " → ".join(names[step] for step in path),
                    }
                )
                for lot_id, depth, path in reached
                if lot_id > 0
            ],
            "stock_ids": [
                Command.create(vals) for vals in self._prepare_stock(lot_ids)
            ],
            "customer_ids": [
                Command.create(vals) for vals in self._prepare_customers(lot_ids)
            ],
            "production_ids": [Command.set(edges.production_id.ids)],
        }

    def _prepare_stock(self, lot_ids):
        groups = self.env["stock.quant"]._read_group(
            [
                ("lot_id", "in", lot_ids),
                ("location_id.usage", "in", ("internal", "transit")),
            ],
            ["lot_id", "location_id"],
            ["quantity:sum", "reserved_quantity:sum"],
        )
        return [
            {
                "lot_id": lot.id,
                "location_id": location.id,
                "quantity": quantity,
                "reserved_quantity": reserved,
            }
            for lot, location, quantity, reserved in groups
            if quantity > 0
        ]

    def _prepare_customers(self, lot_ids):
        return [
            {
                "partner_id": partner_id,
                "lot_id": lot_id,
                "quantity": quantity,
                "picking_ids": [Command.set(picking_ids or [])],
            }
            for partner_id, lot_id, _product_id, quantity, picking_ids in queries.net_shipments(
                self.env.cr, lot_ids
            )
        ]
