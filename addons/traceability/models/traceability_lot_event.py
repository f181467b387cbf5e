from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from . import traceability_event_queries as queries

KIND = [
    ("receipt", "Received"),
    ("hold", "Put on hold"),
    ("recall", "Recalled"),
    ("rejection", "Rejected"),
    ("release", "Released"),
    ("inspection", "Waits for inspection"),
    ("production", "Made"),
    ("unbuild", "Taken apart"),
    ("repair", "Repaired"),
    ("consumption", "Consumed"),
    ("transfer", "Moved"),
    ("adjustment", "Counted"),
    ("relabel", "Relabelled"),
    ("rename", "Renumbered"),
    ("correction", "Corrected"),
    ("shipment", "Shipped"),
    ("customer_return", "Returned by customer"),
    ("vendor_return", "Returned to vendor"),
    ("scrap", "Scrapped"),
]


class TraceabilityLotEvent(models.Model):
    """What happened to a lot: what, when, where, why, who. Never edited."""

    _name = "traceability.lot.event"
    _inherit = ["append.only.mixin", "integration.sealed.mixin"]
    _description = "Lot Ledger"
    _order = "id desc"
    _log_access = False
    _sealed_columns = (
        "kind",
        "lot_id",
        "product_id",
        "quantity",
        "uom_id",
        "occurred_at",
        "recorded_at",
        "location_id",
        "partner_id",
        "user_id",
        "company_id",
        "reason",
        "document",
        "res_model",
        "res_id",
        "inputs",
        "location_dest_id",
        "move_line_id",
    )

    kind = fields.Selection(KIND, required=True, readonly=True)
    lot_id = fields.Many2one(
        "stock.lot", required=True, readonly=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    uom_id = fields.Many2one("uom.uom", readonly=True, ondelete="restrict")
    occurred_at = fields.Datetime(required=True, readonly=True, index=True)
    recorded_at = fields.Datetime(required=True, readonly=True)
    location_id = fields.Many2one("stock.location", readonly=True, ondelete="restrict")
    location_dest_id = fields.Many2one(
        "stock.location", string="To", readonly=True, ondelete="restrict"
    )
    move_line_id = fields.Many2one(
        "stock.move.line", readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)
    document = fields.Char(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True
    )
    inputs = fields.Json(
        readonly=True,
        help="What went into a production: item, lot, quantity, unit, GTIN.",
    )
    _line_once = models.UniqueIndex(
        "(move_line_id, kind) WHERE move_line_id IS NOT NULL AND kind <> 'correction'"
    )
    _former_index = models.Index("(document) WHERE kind = 'rename'")
    _correction_index = models.Index("(move_line_id) WHERE kind = 'correction'")

    def _get_written_at_sql(self):
        return SQL.identifier("recorded_at")

    @api.depends("kind", "lot_id")
    def _compute_display_name(self):
        labels = dict(KIND)
        for event in self:
            event.display_name = f"{event.lot_id.name}: {labels.get(event.kind)}"

    @api.model
    def _record(self, vals_list):
        """Append events; every caller writes in the transaction of what happened."""
        now = fields.Datetime.now()
        # People have no right to write the ledger; stock moves and dispositions do.
        return self.sudo().create(
            [
                {
                    "recorded_at": now,
                    "occurred_at": now,
                    "user_id": self.env.uid,
                    **vals,
                }
                for vals in vals_list
            ]
        )

    @api.model
    def _record_lines(self, lines, *, corrected=False, retold=False):
        """Append what finished lines did to their lots, each once.

        :param corrected: the lines were changed: what they say now is appended, and
            what was recorded first stays. What they do no more is a row of nothing.
        :param retold: what went into what they made may have changed instead.
        """
        because = self.env._("What went into it came to light, or was corrected, later.")
        self.env.flush_all()
        queries.record_line_events(
            self.env,
            lines._get_movements(SQL("line.id = ANY(%s)", lines.ids)),
            lines._get_transformation_sources(),
            lines.ids,
            self.env.uid,
            is_correction=corrected or retold,
            retold_because=because if retold else None,
        )
        self.invalidate_model()

    @api.model
    def _retell_made(self, source, lines):
        """Append what a document's outputs are made of, where that came to light later.

        :param lines: finished lines that made lots.
        """
        self.env.flush_all()
        lots = queries.find_told_otherwise(self.env, source, lines.lot_id.ids)
        told_otherwise = lines.filtered(lambda line: line.lot_id.id in lots)
        if told_otherwise:
            self._record_lines(told_otherwise, retold=True)

    @api.model
    def _prepare_quantity(self, lot, quantity):
        """Return a quantity of a lot as the ledger keeps inputs."""
        product = lot.product_id
        return {
            "lot_id": lot.id,
            "item": product.default_code or product.barcode or f"product-{product.id}",
            "lot": lot.name,
            "quantity": quantity,
            "unit": product.uom_id.name,
            "gtin": product.barcode or "",
        }

    # What orders stand behind rows ------------------------------------------

    def _find_orders(self):
        """Hook: return ``{row: [(type, number)]}`` of the orders behind these rows.

        :returns: types of business transactions of CBV 2.0 section 7.3, such as ``po``
        """
        return {}

    @api.model
    def _get_order_domain(self, kind, number):
        """Hook: return the domain of the rows for which ``_find_orders`` says so."""
        return Domain.FALSE
