from dataclasses import replace

from odoo import api, fields, models

from odoo.addons.integration_core.lib.errors import BusinessError

from ..lib.lifecycle import fold

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
    _inherit = ["mail.thread"]
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
        tracking=True,
        index=True,
    )
    good_qty = fields.Float(string="Good", readonly=True, digits="Product Unit")
    scrapped_qty = fields.Float(string="Scrapped", readonly=True, digits="Product Unit")
    progress = fields.Float(compute="_compute_progress", aggregator="avg")
    waits_for = fields.Char(
        readonly=True, help="What was announced or counted and has not been reported."
    )
    oddities = fields.Char(
        readonly=True, help="Reports that do not follow from each other."
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
    def _find(self, reference, company):
        """Return the order of a reference, its own or one assigned to it by a person."""
        domain = [("company_id", "=", company.id)]
        return (
            self.search([("name", "=", reference), *domain], limit=1)
            or self.env["mes.order.alias"]
            .search([("name", "=", reference), *domain], limit=1)
            .order_id
        )

    def _get_production(self):
        """Return the production order that reports are posted on.

        A person may have split it: then it is the first of its group that is open.
        """
        self.ensure_one()
        if self._get_part() != self.part:
            return self.production_group_id.production_ids.filtered(
                lambda p: p.mes_part == self._get_part()
            )
        if self.production_id.state not in ("done", "cancel"):
            return self.production_id
        following = self.production_group_id.production_ids.filtered(
            lambda p: (
                p.state not in ("draft", "done", "cancel")
                and p.backorder_sequence > self.production_id.backorder_sequence
            )
        )
        return following.sorted("backorder_sequence")[:1] or self.production_id

    # Life cycle ----------------------------------------------------------

    def _take(self, vals_list):
        """Take one report into account; the same one again changes nothing.

        :param vals_list: of ``mes.event``, one or several per report.
        :returns: whether anything of it was new.
        """
        self.ensure_one()
        known = set(self.event_ids.mapped("identity"))
        new = [vals for vals in vals_list if vals["identity"] not in known]
        if not new:
            return False
        events = self.env["mes.event"].create(
            [
                dict(vals, order_id=self.id, part=self._find_part(vals["occurred_at"]))
                for vals in new
            ]
        )
        self.invalidate_recordset(["event_ids"])
        part = events[0].part
        if part != self.part or self.state in ("closed", "cancelled"):
            self.with_context(mes_part=part)._apply_late(events)
        else:
            self._apply()
        self._notify()
        return True

    def _find_part(self, moment):
        """Return the part that was being made at a moment.

        What comes late belongs to what it is about, not to what is made now.
        """
        for completion in self.event_ids.filtered(
            lambda e: e.kind == "completed" and e.part < self.part
        ).sorted("part"):
            if moment <= completion.occurred_at:
                return completion.part
        return self.part

    def _get_part(self):
        return self.env.context.get("mes_part") or self.part

    def _get_events(self):
        """Return the reports of the part that is being made, or is looked at."""
        part = self._get_part()
        return self.event_ids.filtered(
            lambda event: event.part == part and not event.is_superseded
        )

    def _fold(self):
        """Return what the reports add up to, ``lib.lifecycle.Order``."""
        current = self._get_events()
        part = self._get_part()
        superseded = self.event_ids.filtered(
            lambda e: e.is_superseded and e.part == part and e.kind == "completed"
        )
        return fold(
            [
                *(event._prepare_lifecycle_event() for event in current),
                *(
                    replace(event._prepare_lifecycle_event(), kind="noted")
                    for event in superseded
                ),
            ]
        )

    def _apply(self):
        """Bring stock, times and state up to what the reports add up to."""
        self.ensure_one()
        folded = self._fold()
        self._post(folded)
        self._write_progress(folded, state=folded.state)
        self._settle(folded)

    def _apply_late(self, events):
        """Take reports of what is closed: times always, stock if a person said so.

        :raises BusinessError: it would move stock, and nobody has decided that.
        """
        folded = self._fold()
        if not events.message_id & self.correction_message_ids:
            self._check_changes_nothing(folded)
        self._post(folded)
        self._post_closing_times(self._get_production(), folded)
        self._write_progress(folded, state=self.state)

    def _check_changes_nothing(self, folded):
        """Keep a late report that moves no stock, such as a start, on record.

        :raises BusinessError: it would change what was closed.
        """
        moved = [event for event, _quantity in self._find_differences(folded)]
        if (folded.is_settled or self.accepts_totals) and all(
            self._is_unannounced(event) for event in moved
        ):
            return
        raise BusinessError(
            self.env._(
                "%(order)s is %(state)s (%(production)s), and the shop floor still "
                "reports.",
                order=self.name,
                state=self._get_state_label().lower(),
                production=self.production_id.name,
            ),
            kind="mes_bridge.report_after_close",
            fingerprint=self.name,
            values={"mes_order_id": self.id},
        )

    def _is_unannounced(self, event):
        """Tell whether a late report says nothing against what the completion said.

        A completion need not tell the totals of scrap and by-products: what is reported
        of them afterwards and happened before is simply late.
        """
        completion = self._get_events().filtered(lambda e: e.kind == "completed")[-1:]
        told = completion.announced or {}
        return (
            event.kind in ("scrapped", "byproduct")
            and event.occurred_at <= completion.occurred_at
            and (event.kind == "byproduct" or told.get("scrapped") is None)
        )

    def _get_state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _write_progress(self, folded, *, state):
        vals = {
            "last_report_at": max(self.event_ids.mapped("occurred_at")),
            "event_count": len(self.event_ids),
            "oddities": ", ".join(sorted(set(folded.violations.values()))) or False,
        }
        if self._get_part() == self.part:
            scrapped = self._get_events().filtered(
                lambda e: e.kind == "scrapped" and e.product_id == self.product_id
            )
            vals |= {
                "good_qty": sum(folded.produced.values()),
                "scrapped_qty": sum(folded.amounts[e.identity] for e in scrapped),
                "waits_for": self._describe(folded),
            }
        if self.state != state:
            vals["state"] = state
        self.write(vals)
        self._end_waiting()

    def _describe(self, folded):
        """Say what is missing, for a person; False when nothing is known to be."""
        parts = self._describe_differences(folded.missing)
        if folded.unresolved:
            parts.append(
                self.env._("taken back, never reported: %s", len(folded.unresolved))
            )
        if folded.state != "completed" and folded.gaps:
            behind = {name: gap for name, gap in folded.gaps.items() if gap > 0}
            parts += self._describe_differences(behind)
        return ", ".join(parts) or False

    def _describe_differences(self, differences):
        """Name products and lots of the fold's differences for a person."""
        labels = dict(
            self.env["mes.event"]._fields["kind"]._description_selection(self.env)
        )
        parts = []
        for name, quantity in sorted(differences.items()):
            if name == "good":
                parts.append(self.env._("good quantity %g", quantity))
                continue
            if name == "reports":
                parts.append(self.env._("%d reports", quantity))
                continue
            kind, product, lot = name.split(":")
            product, lot = int(product), int(lot)
            parts.append(
                self.env._(
                    "%(kind)s %(product)s %(lot)s: %(quantity)g",
                    kind=labels[kind].lower(),
                    product=self.env["product.product"].browse(product).display_name,
                    lot=self.env["stock.lot"].browse(lot).name if lot else "",
                    quantity=quantity,
                )
            )
        return parts
