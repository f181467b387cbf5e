import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from . import traceability_recall_queries as queries
from .traceability_balance_queries import count_accounted, insert_balances
from .traceability_recall_fields import AnswerReferences
from .traceability_recall_step_queries import insert_steps

NEIGHBOUR_LIMIT = 200
# What was asked, and under which number: it stays what the answer is about.
QUESTION = {
    "name",
    "scope",
    "lot_id",
    "supplier_lot",
    "partner_id",
    "picking_id",
    "production_id",
    "workcenter_id",
    "component_id",
    "date_from",
    "date_to",
    "serials",
    "company_id",
}


class TraceabilityRecall(models.Model):
    """The answer to: what is affected, where is it now, and who has it?

    A simulation changes nothing. Containing makes it real: whatever is on hand is
    quarantined, customers are told, and what comes back is counted. The answer stays as
    of the moment it was given; asking again later compares.
    """

    _name = "traceability.recall"
    _inherit = [
        "guarded.fields.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "integration.own.company.mixin",
    ]
    _description = "Recall"
    _order = "id desc"
    # The answer, and what was done about it: what an auditor reads is what was found.
    _guarded_fields = frozenset(
        {
            "state",
            "asked_at",
            "answer_milliseconds",
            "contained_at",
            "compared_with_id",
            "comparison",
            "outside",
            "grade",
            "production_ids",
            "lot_count",
            "production_count",
            "customer_count",
            "stock_lot_count",
            "open_count",
            "accounted_share",
        }
    )

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    mode = fields.Selection(
        [("simulation", "Simulation"), ("drill", "Mock recall"), ("real", "Recall")],
        required=True,
        default="simulation",
        readonly=True,
        copy=False,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("answered", "Answered"),
            ("contained", "Contained"),
            ("closed", "Closed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    reason = fields.Char(help="Why it is suspect; it stands on every hold.")
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    asked_at = fields.Datetime(string="As of", readonly=True, copy=False)
    answer_milliseconds = fields.Integer(
        readonly=True, copy=False, string="Time to answer (ms)"
    )
    contained_at = fields.Datetime(readonly=True, copy=False)
    compared_with_id = fields.Many2one(
        "traceability.recall", string="Compared with", readonly=True, copy=False
    )
    comparison = fields.Text(readonly=True, copy=False)
    outside = fields.Text(string="In other companies", readonly=True, copy=False)

    line_ids = fields.One2many("traceability.recall.line", "recall_id", readonly=True)
    stock_ids = fields.One2many("traceability.recall.stock", "recall_id", readonly=True)
    use_ids = fields.One2many("traceability.recall.use", "recall_id", readonly=True)
    customer_ids = fields.One2many("traceability.recall.customer", "recall_id")
    neighbour_ids = fields.One2many(
        "traceability.recall.neighbour", "recall_id", readonly=True
    )
    balance_ids = fields.One2many(
        "traceability.recall.balance", "recall_id", readonly=True
    )
    notice_ids = fields.One2many("traceability.recall.notice", "recall_id")
    production_ids = AnswerReferences(
        "mrp.production",
        "traceability_recall_production_rel",
        "recall_id",
        "production_id",
        readonly=True,
        copy=False,
    )
    lot_count = fields.Integer(string="Affected lots", readonly=True, copy=False)
    production_count = fields.Integer(string="Orders", readonly=True, copy=False)
    customer_count = fields.Integer(string="Customers", readonly=True, copy=False)
    stock_lot_count = fields.Integer(string="Lots on hand", readonly=True, copy=False)
    open_count = fields.Integer(string="In progress", readonly=True, copy=False)
    accounted_share = fields.Float(
        string="Accounted for", readonly=True, copy=False, digits=(5, 4)
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "traceability.recall"
                )
        return super().create(vals_list)

    def write(self, vals):
        """:raises UserError: another question would not be the one that is answered."""
        if QUESTION & vals.keys() and not self.env.su:
            answered = self.filtered(lambda recall: recall.state != "draft")
            if answered:
                raise UserError(
                    self.env._(
                        "%s is answered: what it asks stays. Start another recall.",
                        answered[0].name,
                    )
                )
        return super().write(vals)

    def _check_guarded_fields(self, vals):
        """Let a recall begin as a simulation or a mock recall; containing makes it real."""
        if vals.get("mode") == "real" or (self and "mode" in vals):
            vals = {**vals, "state": None}
        return super()._check_guarded_fields(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_real(self):
        if any(recall.mode == "real" for recall in self):
            raise UserError(self.env._("A real recall stays on record."))

    def unlink(self):
        """Take the answer along, which no foreign key does."""
        ids = self.ids
        result = super().unlink()
        queries.delete_answers(self.env, ids)
        return result

    # Answering ------------------------------------------------------------

    def action_run(self):
        """Find what is affected, as of now. Asking changes nothing but the answer.

        :raises UserError: it is contained already, or there is nothing to start from.
        """
        for recall in self:
            if recall.state in ("contained", "closed"):
                raise UserError(
                    self.env._(
                        "%s is contained: its answer stays as it was. Press Compare for "
                        "the state of now.",
                        recall.name,
                    )
                )
            start = time.monotonic()
            recall._answer()
            milliseconds = max(1, int((time.monotonic() - start) * 1000))
            recall.sudo().answer_milliseconds = milliseconds  # it was asked, see _answer
        return True

    def _answer(self):
        self.ensure_one()
        self.check_access("write")
        # Whatever companies the user looks at: the answer is its own company's.
        own = self.with_context(allowed_company_ids=self.company_id.ids)
        lots, nodes = own._find_starts()
        found = own.env["traceability.edge"].closure(lots, nodes=nodes)
        self.env.flush_all()
        queries.prepare(self.env)
        queries.delete_answers(self.env, self.ids)
        scope = (self.env, self.id, self.company_id.id)
        queries.insert_lines(*scope, self._prepare_line_rows(found))
        vertices = list(found.reached)
        queries.insert_stock(*scope, vertices)
        queries.insert_open_uses(*scope, vertices)
        insert_steps(*scope, vertices)
        queries.insert_neighbours(*scope, vertices, NEIGHBOUR_LIMIT)
        insert_balances(*scope, found.lot_ids)
        self.env.invalidate_all()
        outside = queries.find_outside(self.env, self.company_id.id, vertices)
        # Nobody writes an answer by hand; who asked may, see above.
        self.sudo().write(
            dict(self._prepare_answer_vals(), outside=self._tell_outside(outside))
        )
        self.notice_ids._forget_drafts()

    def _tell_outside(self, company_ids):
        """Return a sentence on where affected lots go on in other companies, or nothing."""
        if not company_ids:
            return False
        # What belongs to others is not told; that there is something has to be.
        theirs = self.env["res.company"].browse(company_ids) & self.env.user.company_ids
        names = theirs.mapped("name")
        if len(company_ids) > len(theirs):
            names.append(self.env._("companies that you may not see"))
        return self.env._(
            "Affected lots were moved, used or are on hand at %s as well, which this answer "
            "leaves out. Ask there too.",
            ", ".join(names),
        )

    def _prepare_line_rows(self, found):
        """Return ``(vertex, depth, path, confidence, is_start)``, nearest first."""
        nodes = self.env["traceability.node"].browse(found.node_ids)
        names = {-node.id: node.display_name for node in nodes}
        names |= queries.find_lot_names(self.env, found.lot_ids)
        paths = found.describe_paths(names)
        certainty = found.certainty
        return [
            (vertex, depth, paths[vertex], certainty.get(vertex, "exact"), not depth)
            for vertex, (depth, _parent) in found.reached.items()
        ]

    def _prepare_answer_vals(self):
        def count(part, *domain, by=None):
            Model = self.env[f"traceability.recall.{part}"]
            scope = [("recall_id", "=", self.id), *domain]
            if not by:
                return Model.search_count(scope)
            [(number,)] = Model._read_group(scope, [], [f"{by}:count_distinct"])
            return number

        return {
            "state": "answered",
            "asked_at": fields.Datetime.now(),
            "lot_count": count("line"),
            "production_count": queries.count_productions(self.env, self.id),
            "customer_count": count(
                "customer", ("quantity", ">", 0), by="partner_id"
            ),
            "stock_lot_count": count("stock", by="lot_id"),
            "open_count": count("use", ("kind", "in", ("reserved", "in_progress"))),
            "accounted_share": count_accounted(self.env, self.id),
        }

    # Comparing ------------------------------------------------------------

    def action_compare(self):
        """Ask the same again as a simulation of its own, and say what has changed."""
        self.ensure_one()
        again = self.copy()
        # The comparison is the answer of the copy, which the user was just let create.
        again.sudo().compared_with_id = self
        again.action_run()
        gone, new = queries.compare_lines(self.env, self.id, again.id)
        again.sudo().comparison = again._prepare_comparison(gone, new)
        return again._open()

    def _prepare_comparison(self, gone, new):
        def names(vertices):
            lots = self.env["stock.lot"].browse([v for v in vertices if v > 0][:20])
            return ", ".join(lots.mapped("name")) or "–"

        before = self.compared_with_id
        shipped = sum(self.customer_ids.mapped("quantity"))
        shipped_before = sum(before.customer_ids.mapped("quantity"))
        return self.env._(
            "Since %(moment)s UTC: %(new)s lots more (%(new_names)s), %(gone)s fewer "
            "(%(gone_names)s). At customers: %(after)s, %(before)s before.",
            moment=before.asked_at,
            new=len(new),
            new_names=names(new),
            gone=len(gone),
            gone_names=names(gone),
            after=shipped,
            before=shipped_before,
        )

    def _open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_close(self):
        """End the recall: nothing more is expected back."""
        self.check_access("write")
        for recall in self:
            if recall.state not in ("answered", "contained"):
                raise UserError(self.env._("Run %s first.", recall.name))
            recall.sudo().state = "closed"  # checked above
        return True
