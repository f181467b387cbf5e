from odoo import api, fields, models

from ..lib.ledger import KINDS, make_uuid
from . import traceability_queries as queries

KIND = [
    ("receipt", "Received"),
    ("inspection", "Inspected"),
    ("hold", "Put on hold"),
    ("release", "Released"),
    ("recall", "Recalled"),
    ("production", "Production"),
    ("shipment", "Shipped"),
    ("customer_return", "Returned by a customer"),
    ("vendor_return", "Returned to the vendor"),
    ("scrap", "Scrapped"),
]
ROLE = [("object", "Lot"), ("input", "Went in"), ("output", "Came out")]


class TraceabilityLotEvent(models.Model):
    """What happened to a lot: when, where, why, by whom, on which document.

    Append-only in the database itself. Rows with the same ``event_uuid`` are one event,
    such as the inputs and outputs of a production. A correction is a new event that
    names the one it replaces.
    """

    _name = "traceability.lot.event"
    _inherit = "append.only.mixin"
    _description = "Lot Ledger"
    _order = "occurred_at desc, id desc"
    _log_access = False

    natural_key = fields.Char(required=True, readonly=True)
    event_uuid = fields.Char(string="Event", required=True, readonly=True, index=True)
    corrects_uuid = fields.Char(
        string="Corrects event", readonly=True, index="btree_not_null"
    )
    position = fields.Integer(
        readonly=True, help="Among the rows of the event, from 0."
    )
    kind = fields.Selection(KIND, string="What", required=True, readonly=True)
    role = fields.Selection(ROLE, required=True, readonly=True, default="object")
    lot_id = fields.Many2one(
        "stock.lot", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    lot_name = fields.Char(string="Lot number then", readonly=True)
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    epc = fields.Char(
        string="Identifier", required=True, readonly=True, help="As published in EPCIS."
    )
    identifies = fields.Selection(
        [("instance", "Serial number"), ("class", "Lot or product")],
        string="Identifies",
        required=True,
        readonly=True,
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    product_uom_id = fields.Many2one(
        "uom.uom", string="Unit", readonly=True, ondelete="restrict"
    )
    occurred_at = fields.Datetime(string="When", required=True, readonly=True)
    recorded_at = fields.Datetime(string="Recorded", required=True, readonly=True)
    timezone_offset = fields.Char(readonly=True, help="Local time of the plant then.")
    location_id = fields.Many2one(
        "stock.location", string="Where", readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="restrict")
    biz_step = fields.Char(string="Why (business step)", readonly=True)
    disposition = fields.Char(
        readonly=True, help="Condition afterwards, in GS1's words."
    )
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Who", required=True, readonly=True, ondelete="restrict"
    )
    reference = fields.Char(string="Document", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    message_uuid = fields.Char(
        string="Message", readonly=True, help="The message that brought it about."
    )
    move_line_id = fields.Many2one(
        "stock.move.line", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )

    _natural_key_unique = models.UniqueIndex("(natural_key)")
    _event_index = models.Index("(occurred_at, id) WHERE position = 0")

    @api.depends("kind", "lot_name")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for row in self.sudo():  # who may read the row may read the product's name
            row.display_name = (
                f"{row.lot_name or row.product_id.name}: {labels[row.kind]}"
            )

    # Writing -------------------------------------------------------------

    @api.model
    def _prepare_vals(self, kind, *, key, product, lot, company, quantity, **values):
        """Return the columns of one row; ``_record`` adds which event it belongs to.

        :param key: names the event within this database, such as ``receipt:line:7``.
        :param quantity: in the product's unit.
        :param values: role, occurred_at, location, partner, document (record), reason,
            disposition, move_line_id.
        """
        document = values.get("document")
        occurred_at = values.get("occurred_at") or fields.Datetime.now()
        location, partner = values.get("location"), values.get("partner")
        return {
            "key": key,
            "kind": kind,
            "role": values.get("role", "object"),
            "lot_id": lot.id,
            "lot_name": lot.name,
            "product_id": product.id,
            "epc": company._identify_lot(product, lot),
            "identifies": "instance"
            if lot and product.tracking == "serial"
            else "class",
            "quantity": quantity,
            "product_uom_id": product.uom_id.id,
            "occurred_at": occurred_at,
            "recorded_at": fields.Datetime.now(),
            "timezone_offset": company._get_plant_offset(occurred_at),
            "location_id": location.id if location else False,
            "partner_id": partner.id if partner else False,
            "biz_step": KINDS[kind].biz_step,
            "disposition": values.get("disposition") or KINDS[kind].disposition,
            "reason": values.get("reason"),
            "user_id": self.env.uid,
            "reference": document.display_name if document else False,
            "res_model": document._name if document else False,
            "res_id": document.id if document else False,
            "message_uuid": self.env.context.get("integration_cause", {}).get("uuid"),
            "move_line_id": values.get("move_line_id", False),
            "company_id": company.id,
        }

    @api.model
    def _record(self, vals_list, *, corrects_uuid=False):
        """Append rows; those of one key are one event. An event on record stays as is.

        :returns: nothing; writing the same event again changes nothing.
        """
        database = (
            # Only its name is read: it keeps ids of two databases apart.
            self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        )
        positions, rows = {}, []
        for vals in vals_list:
            row = dict(vals)
            key = row.pop("key")
            position = positions[key] = positions.get(key, -1) + 1
            uuid = make_uuid(database, key)
            rows.append(
                {
                    "natural_key": f"{uuid}:{position}",
                    "event_uuid": uuid,
                    "corrects_uuid": corrects_uuid,
                    "position": position,
                    **row,
                }
            )
        queries.insert_ignoring(self.env, self._name, rows)

    @api.model
    def _record_lines(self, vals_list):
        """Append what is new about stock move lines, and correct what has changed.

        :param vals_list: see ``_prepare_vals``; every line has a ``move_line_id``.
        """
        recorded = self._find_latest(vals["move_line_id"] for vals in vals_list)
        current = {(vals["move_line_id"], vals["kind"]): vals for vals in vals_list}
        fresh = [
            vals
            for line, vals in current.items()
            if line not in recorded and vals["quantity"] > 0
        ]
        first_line = {}
        for vals in fresh:
            first_line.setdefault(vals["key"], vals["move_line_id"])
        # An order may be posted in parts: each part is an event of its own.
        self._record([dict(v, key=f"{v['key']}@{first_line[v['key']]}") for v in fresh])
        changed = {
            row.event_uuid
            for line, row in recorded.items()
            if line in current and row._differs_from(current[line])
        }
        for event_uuid in sorted(changed):
            self._correct(event_uuid, current)

    @api.model
    def _find_latest(self, line_ids):
        """Return ``{(move line id, kind): its newest row}``."""
        rows = self.search([("move_line_id", "in", list(line_ids))], order="id")
        return {(row.move_line_id.id, row.kind): row for row in rows}

    def _differs_from(self, vals):
        self.ensure_one()
        uom = self.product_uom_id
        return self.lot_id.id != vals["lot_id"] or bool(
            uom.compare(self.quantity, vals["quantity"])
        )

    @api.model
    def _correct(self, event_uuid, current):
        """Replace an event by one that says what its lines say now."""
        rows = self.search([("event_uuid", "=", event_uuid)], order="position")
        vals_list = [
            dict(vals, key=f"correction:{event_uuid}")
            for row in rows
            if (vals := current.get((row.move_line_id.id, row.kind)))
        ]
        self._record(vals_list, corrects_uuid=event_uuid)

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
