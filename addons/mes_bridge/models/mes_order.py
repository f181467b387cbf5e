from odoo import api, fields, models

OPEN_STATES = (
    "released",
    "accepted",
    "rejected",
    "in_progress",
    "paused",
    "partially_completed",
    "completed",
)


class MesOrder(models.Model):
    """A production order as the shop floor sees it.

    Its reference is the order's identity outside: Odoo renames production orders when it
    splits them, so names are never used to find one again. A backorder is the next part
    of the same order, in the same production group.
    """

    _name = "mes.order"
    _inherit = ["mail.thread", "integration.own.company.mixin"]
    _description = "Shop Floor Order"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Reference", required=True, readonly=True, copy=False)
    alias_ids = fields.One2many("mes.order.alias", "order_id")
    production_id = fields.Many2one(
        "mrp.production",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        help="What is being made now; a backorder takes the place of what it follows.",
    )
    production_group_id = fields.Many2one(
        "mrp.production.group",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    production_ids = fields.One2many(related="production_group_id.production_ids")
    part = fields.Integer(required=True, readonly=True, default=1)
    product_id = fields.Many2one(
        related="production_id.product_id", store=True, index=True
    )
    product_qty = fields.Float(related="production_id.product_qty", string="Planned")
    uom_id = fields.Many2one(related="production_id.product_uom_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    revision = fields.Json(
        readonly=True, help="Bill of materials as released: lines and their hash."
    )
    release_number = fields.Integer(
        string="Release",
        required=True,
        readonly=True,
        default=1,
        help="Goes up with each change that the shop floor is told.",
    )
    state = fields.Selection(
        [
            ("released", "Released"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("in_progress", "In progress"),
            ("paused", "Paused"),
            ("partially_completed", "Partially completed"),
            ("completed", "Completed, waiting"),
            ("closed", "Closed"),
            ("cancelled", "Recalled"),
        ],
        required=True,
        default="released",
        readonly=True,
        group_expand="_expand_states",
        tracking=True,
        index=True,
    )
    good_qty = fields.Float(string="Good", readonly=True, digits="Product Unit")
    scrapped_qty = fields.Float(string="Scrapped", readonly=True, digits="Product Unit")
    progress = fields.Float(compute="_compute_progress", aggregator="avg")
    answer = fields.Selection(
        [("accepted", "Accepted"), ("rejected", "Rejected")],
        readonly=True,
        help="What the shop floor said to this release; nothing while it has not.",
    )
    answer_reason = fields.Char(string="Reason of the answer", readonly=True)
    told_at = fields.Datetime(
        string="Told", readonly=True, help="When the shop floor was told this release."
    )
    released_at = fields.Datetime(readonly=True)
    planned_start = fields.Datetime(related="production_id.date_start", store=True)
    planned_finish = fields.Datetime(readonly=True, index=True)
    last_report_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(readonly=True)
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    late_minutes = fields.Integer(compute="_compute_is_late")
    event_ids = fields.One2many("mes.event", "order_id", readonly=True)
    event_count = fields.Integer(readonly=True, string="Reports")
    at_risk_by_id = fields.Many2one(
        "mes.downtime",
        string="At risk",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="A work centre that it needs stands still.",
    )
    exception_ids = fields.One2many("integration.exception", "mes_order_id")
    # Whoever works in production sees how many, and not what is in them.
    exception_count = fields.Integer(
        compute="_compute_exception_count", compute_sudo=True, string="Exceptions"
    )
    accepted_product_ids = fields.Many2many(
        "product.product",
        string="Accepted beyond the bill of materials",
        readonly=True,
    )
    accepts_totals = fields.Boolean(
        readonly=True, help="Closed with what was reported, whatever was announced."
    )
    accepts_consumption = fields.Boolean(
        readonly=True, help="The difference from the bill of materials was accepted."
    )
    redated_message_ids = fields.Many2many(
        "integration.message",
        "mes_order_redated_message_rel",
        string="Dated anew",
        readonly=True,
        help="Reports that a person dated to the day on which they are posted.",
    )
    correction_message_ids = fields.Many2many(
        "integration.message",
        string="Accepted after closing",
        readonly=True,
    )

    _name_unique = models.Constraint("UNIQUE(name)", "This reference is taken.")
    _production_once = models.Constraint(
        "UNIQUE(production_id)", "This order was released already."
    )
    _group_once = models.Constraint(
        "UNIQUE(production_group_id)", "This order was released already."
    )
    _open_index = models.Index("(company_id, state) WHERE state != 'closed'")

    @api.model
    def _expand_states(self, states, _domain):
        """Return the columns of a board in the order of the life cycle, none empty."""
        every = [state for state, _label in self._fields["state"].selection]
        return [state for state in every if state in states]

    @api.depends("good_qty", "product_qty")
    def _compute_progress(self):
        for order in self:
            planned = order.uom_id._compute_quantity(
                order.product_qty, order.product_id.uom_id
            )
            order.progress = 100 * order.good_qty / planned if planned else 0

    @api.depends("planned_finish", "state", "closed_at")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for order in self:
            until = order.closed_at or now
            late = order.state != "cancelled" and order.planned_finish
            minutes = (until - order.planned_finish).total_seconds() / 60 if late else 0
            order.late_minutes = max(0, minutes)
            order.is_late = minutes > 0

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [
            ("state", "in", OPEN_STATES),
            ("planned_finish", "<", fields.Datetime.now()),
        ]
        return late if True in value else ["!", "&", *late]

    def _compute_exception_count(self):
        counts = dict(
            self.env["integration.exception"]._read_group(
                [("mes_order_id", "in", self.ids), ("state", "=", "open")],
                ["mes_order_id"],
                ["__count"],
            )
        )
        for order in self:
            order.exception_count = counts.get(order, 0)

    @api.model
    def _find(self, reference, company, plants):
        """Return the order of a reference, its own or one assigned to it by a person.

        :param plants: the warehouses that the asking system speaks for; none: all.
        """
        domain = [("company_id", "=", company.id)]
        order = (
            self.search([("name", "=", reference), *domain], limit=1)
            or self.env["mes.order.alias"]
            .search([("name", "=", reference), *domain], limit=1)
            .order_id
        )
        return order if order._is_made_at(plants) else self.browse()

    def _get_plant(self):
        return self.production_id.picking_type_id.warehouse_id

    def _is_made_at(self, plants):
        plant = self._get_plant()
        return not plants or not plant or plant in plants

    def _is_over(self):
        return self.state in ("closed", "cancelled")

    def _get_state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]
