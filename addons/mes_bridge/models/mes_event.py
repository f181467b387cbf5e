from datetime import datetime

from odoo import api, fields, models

from ..lib import lifecycle

EPOCH = datetime(1970, 1, 1)
KINDS = [
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("started", "Started"),
    ("paused", "Paused"),
    ("resumed", "Resumed"),
    ("ended", "Ended"),
    ("consumed", "Consumed"),
    ("reported", "Produced"),
    ("byproduct", "By-product"),
    ("scrapped", "Scrapped"),
    ("reworked", "Sent to rework"),
    ("labour", "Labour"),
    ("completed", "Completed"),
    ("reversed", "Taken back"),
]


class MesEvent(models.Model):
    """One report of the shop floor, understood: codes resolved, quantity in our unit."""

    _name = "mes.event"
    _description = "Shop Floor Report"
    _order = "occurred_at, epoch, sequence, id"
    # What a system reported, not what came of it: a flow compared with another one
    # (integration_governance) may have reported nothing.
    _is_business_effect = False

    order_id = fields.Many2one(
        "mes.order", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    part = fields.Integer(
        required=True,
        readonly=True,
        default=1,
        help="Which production order of the group it belongs to: a backorder is the "
        "next part of the same order.",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    identity = fields.Char(
        required=True,
        readonly=True,
        help="The sender's source and id of the event, and the serial number where it "
        "names several.",
    )
    report = fields.Char(
        required=True, readonly=True, help="The sender's source and id of the event."
    )
    message_id = fields.Many2one(
        "integration.message",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    occurred_at = fields.Datetime(readonly=True, required=True)
    dated_at = fields.Datetime(
        readonly=True,
        help="The date that what it moves has instead: its own period is locked.",
    )
    epoch = fields.Char(readonly=True)
    sequence = fields.Integer(readonly=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="restrict")
    output_lot_id = fields.Many2one(
        "stock.lot",
        string="Went into",
        readonly=True,
        ondelete="restrict",
        help="The finished lot that the component went into, where the shop floor says.",
    )
    # As exact as it was told: totals are rounded, see lib/rounding.py.
    quantity = fields.Float(readonly=True, help="In the product's own unit.")
    cumulative = fields.Float(readonly=True, help="The sender's total by then.")
    measures = fields.Selection(
        [("delta", "Delta"), ("cumulative", "Cumulative"), ("both", "Both")],
        readonly=True,
        help="Which of the two the sender told.",
    )
    original = fields.Char(
        readonly=True, help="Quantity and unit as the shop floor reported them."
    )
    posted = fields.Float(
        readonly=True,
        digits="Product Unit",
        help="What is in stock and on the production order because of this report.",
    )
    made_before = fields.Boolean(
        readonly=True, help="The scrapped units had been reported as good before."
    )
    begins_anew = fields.Boolean(
        readonly=True, help="Its count fell, and a person said that it began at zero."
    )
    reason = fields.Char(readonly=True)
    scrap_reason_id = fields.Many2one(
        "stock.scrap.reason.tag", readonly=True, ondelete="restrict"
    )
    workorder_id = fields.Many2one(
        "mrp.workorder", string="Operation", readonly=True, ondelete="set null"
    )
    worker = fields.Char(readonly=True)
    release = fields.Integer(
        readonly=True, help="The release that the shop floor answers."
    )
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    corrects = fields.Char(readonly=True, help="The report that is taken back.")
    announced = fields.Json(
        readonly=True,
        help="Totals of a completion: good quantity, consumption per lot.",
    )
    is_superseded = fields.Boolean(
        readonly=True, help="A completion after which the order was opened again."
    )
    move_ids = fields.One2many("stock.move", "mes_event_id", readonly=True)

    _once = models.Constraint(
        "UNIQUE(order_id, identity)", "This report is on record already."
    )
    # Each report asks whether it is on record: not among all of a long order's.
    _report_index = models.Index("(order_id, report)")

    @api.depends("order_id", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            event.display_name = f"{event.order_id.name}: {labels.get(event.kind)}"

    def _get_date(self):
        """Return the date of what the report moves."""
        return self.dated_at or self.occurred_at

    def _prepare_lifecycle_event(self):
        """Return it as ``lib.lifecycle.Event``."""
        self.ensure_one()
        announced = self.announced or {}
        return lifecycle.Event(
            identity=self.identity,
            kind=self.kind,
            key=(self.product_id.id, self.lot_id.id or 0) if self.product_id else None,
            quantity=None if self.measures == "cumulative" else self.quantity,
            cumulative=self.cumulative
            if self.measures in ("cumulative", "both")
            else None,
            occurred_at=seconds_of(self.occurred_at),
            epoch=self.epoch or "",
            sequence=self.sequence,
            report=self.report,
            operation=self.workorder_id.id or 0,
            started_at=seconds_of(self.started_at),
            ended_at=seconds_of(self.ended_at),
            corrects=self.corrects or "",
            announced_good=announced.get("good", 0.0),
            announced=_add_up(announced.get("consumed", ())),
            announced_scrap=_add_up(announced["scrapped"])
            if announced.get("scrapped") is not None
            else None,
            announced_reports=announced.get("reports", 0),
            backorder=announced.get("backorder", False),
            told_part=announced.get("part", 0),
            made_before=self.kind == "scrapped"
            and self.made_before
            and self.product_id == self.order_id.product_id,
            begins_anew=self.begins_anew,
            part=self.part,
        )


def _add_up(rows):
    totals = {}
    for product, lot, quantity in rows:
        totals[product, lot] = totals.get((product, lot), 0.0) + quantity
    return totals


def seconds_of(moment):
    """Return a naive UTC moment as seconds since 1970; 0 for none."""
    return (moment - EPOCH).total_seconds() if moment else 0.0
