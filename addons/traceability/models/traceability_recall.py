import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.graph import reach
from . import traceability_queries as queries

STOPPED = ("quarantined", "rejected")


class TraceabilityRecall(models.Model):
    """What a recall of a lot means: affected lots, orders, stock, customers.

    A simulation answers and changes nothing. Containing makes it real: every affected
    lot on hand is quarantined. The answer is stored as of the moment it was given.
    """

    _name = "traceability.recall"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Recall"
    _order = "id desc"

    name = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    lot_id = fields.Many2one(
        "stock.lot",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        check_company=True,
    )
    product_id = fields.Many2one(related="lot_id.product_id", store=True)
    direction = fields.Selection(
        [("forward", "Where it went"), ("backward", "What it came from")],
        required=True,
        default="forward",
    )
    mode = fields.Selection(
        [("simulation", "Simulation"), ("real", "Real")],
        required=True,
        readonly=True,
        default="simulation",
        copy=False,
        tracking=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("answered", "Answered"), ("contained", "Contained")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    reason = fields.Char(
        copy=False, help="Why; it stands in the disposition of every contained lot."
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        compute="_compute_company_id",
        store=True,
        precompute=True,
    )
    answered_at = fields.Datetime(string="As of", readonly=True, copy=False)
    answer_milliseconds = fields.Integer(
        string="Time to answer (ms)", readonly=True, copy=False, aggregator="avg"
    )
    affected_lot_count = fields.Integer(readonly=True, copy=False)
    production_count = fields.Integer(
        string="Production orders", readonly=True, copy=False
    )
    stock_lot_count = fields.Integer(string="Lots on hand", readonly=True, copy=False)
    open_count = fields.Integer(string="In progress", readonly=True, copy=False)
    customer_count = fields.Integer(string="Customers", readonly=True, copy=False)
    untracked_count = fields.Integer(
        readonly=True,
        copy=False,
        help="Orders that made something without lots: the trace ends there.",
    )
    line_ids = fields.One2many("traceability.recall.line", "recall_id", copy=False)
    lot_line_ids = fields.One2many(
        "traceability.recall.line", "recall_id", domain=[("kind", "=", "lot")]
    )
    order_line_ids = fields.One2many(
        "traceability.recall.line", "recall_id", domain=[("kind", "=", "order")]
    )
    stock_line_ids = fields.One2many(
        "traceability.recall.line", "recall_id", domain=[("kind", "=", "stock")]
    )
    open_line_ids = fields.One2many(
        "traceability.recall.line", "recall_id", domain=[("kind", "=", "open")]
    )
    customer_line_ids = fields.One2many(
        "traceability.recall.line", "recall_id", domain=[("kind", "=", "customer")]
    )
    supplier_line_ids = fields.One2many(
        "traceability.recall.line", "recall_id", domain=[("kind", "=", "supplier")]
    )

    @api.depends("lot_id")
    def _compute_company_id(self):
        for recall in self:
            recall.company_id = recall.lot_id.company_id or self.env.company

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["name"] = self.env["ir.sequence"].next_by_code("traceability.recall")
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_answered(self):
        if any(recall.state != "draft" for recall in self):
            raise UserError(self.env._("An answered recall stays on record."))

    # Answering -----------------------------------------------------------

    def action_run(self):
        """Answer the recall as of now, and record how long that took."""
        for recall in self:
            if recall.state == "contained":
                raise UserError(
                    self.env._(
                        "%s has been contained; its answer stays as it was. Start another "
                        "recall for the state of today.",
                        recall.name,
                    )
                )
            recall.check_access("write")
            recall._answer()
        return True

    def _answer(self):
        self.ensure_one()
        start = time.perf_counter()
        self.line_ids.sudo().unlink()  # lines have no other writer than this method
        rows = self._prepare_line_rows()
        self.write(self._prepare_answer_vals(rows))
        queries.insert(self.env, "traceability.recall.line", rows)
        self.answer_milliseconds = max(1, round((time.perf_counter() - start) * 1000))
        self.message_post(
            body=self.env._(
                "Answered in %(time)s ms: %(lots)s affected lots, %(orders)s production "
                "orders, %(stock)s lots on hand, %(customers)s customers.",
                time=self.answer_milliseconds,
                lots=self.affected_lot_count,
                orders=self.production_count,
                stock=self.stock_lot_count,
                customers=self.customer_count,
            )
        )

    def _prepare_line_rows(self):
        """Return the rows of ``traceability.recall.line``, all kinds."""
        Line = self.env["traceability.recall.line"]
        steps = self.env["traceability.edge"]._walk(self.lot_id, self.direction)
        found = reach(self.lot_id.ids, steps)
        lots = self.env["stock.lot"].browse(found)
        rows = [
            *Line._prepare_lot_rows(lots, found),
            *Line._prepare_order_rows(lots, self.direction),
            *Line._prepare_stock_rows(lots),
            *Line._prepare_open_rows(lots),
            *Line._prepare_customer_rows(lots),
            *Line._prepare_supplier_rows(
                lots if self.direction == "backward" else self.lot_id
            ),
        ]
        empty = Line._prepare_empty_row(self)
        return [
            {**empty, **row, "sequence": sequence} for sequence, row in enumerate(rows)
        ]

    def _prepare_answer_vals(self, rows):
        def distinct(kind, column):
            return len({row[column] for row in rows if row["kind"] == kind})

        untracked = {
            row["production_id"]
            for row in rows
            if row["kind"] == "order" and not row["made_lots"]
        }
        return {
            "state": "answered",
            "answered_at": fields.Datetime.now(),
            "affected_lot_count": distinct("lot", "lot_id"),
            "production_count": distinct("order", "production_id"),
            "stock_lot_count": distinct("stock", "lot_id"),
            "open_count": sum(row["kind"] == "open" for row in rows),
            "customer_count": distinct("customer", "partner_id"),
            "untracked_count": len(untracked),
        }

    # Containing ----------------------------------------------------------

    def action_contain(self):
        """Quarantine every affected lot that is on hand now, and make the recall real.

        Answers anew first: what was made since the simulation is affected too.

        :raises AccessError: when the user may not stop lots.
        :raises UserError: when there is nothing left to stop.
        """
        for recall in self:
            recall.action_run()
            lots = recall.stock_line_ids.lot_id.filtered(
                lambda lot: lot.disposition not in STOPPED
            )
            if not lots:
                raise UserError(
                    self.env._(
                        "No affected lot is on hand that is not stopped already. What was "
                        "shipped is listed under Customers."
                    )
                )
            lots._set_disposition(
                "quarantined", recall._get_reason(), path="recall", origin=recall
            )
            recall.write({"state": "contained", "mode": "real"})
            recall._tell_contained(lots)
        return True

    def _get_reason(self):
        self.ensure_one()
        return self.reason or self.env._(
            "Recall %(recall)s of lot %(lot)s",
            recall=self.name,
            lot=self.lot_id.name,
        )

    def _tell_contained(self, lots):
        self.message_post(
            body=self.env._(
                "Quarantined: %s.", ", ".join(lots.sorted("name").mapped("name"))
            )
        )

    # Buttons -------------------------------------------------------------

    def action_export_epcis(self):
        """Open the export for the affected lots."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "traceability.traceability_epcis_export_action"
        )
        return dict(action, context={"default_lot_ids": self.lot_line_ids.lot_id.ids})

    def action_open_affected_lots(self):
        """Open the affected lots with their disposition."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Affected lots of %s", self.name),
            "res_model": "stock.lot",
            "view_mode": "list,form",
            "domain": [("id", "in", self.lot_line_ids.lot_id.ids)],
            "context": {"display_complete": True},
        }

    def action_open_orders(self):
        return self._open_lines("order", self.env._("Production orders"))

    def action_open_stock(self):
        return self._open_lines("stock", self.env._("On hand"))

    def action_open_customers(self):
        return self._open_lines("customer", self.env._("Customers"))

    def _open_lines(self, kind, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.name}: {title}",
            "res_model": "traceability.recall.line",
            "view_mode": "list",
            "domain": [("recall_id", "=", self.id), ("kind", "=", kind)],
        }
