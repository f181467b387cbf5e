import uuid

from odoo import api, fields, models

from odoo.addons.integration_core.lib.envelope import write_moment

from ..lib.epcis import (
    VOCABULARY,
    LedgerEvent,
    Quantity,
    build_document,
    build_event,
)

# Event ids are derived: the same row always exports under the same id.
EVENT_NAMESPACE = uuid.UUID("6f2d1c52-7d0f-4c43-9a55-0b6a3f6f8a10")

KIND = [
    ("receipt", "Received"),
    ("hold", "Put on hold"),
    ("release", "Released"),
    ("inspection", "Waits for inspection"),
    ("production", "Made"),
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
    uuid = fields.Char(compute="_compute_uuid", string="Event")

    def _compute_uuid(self):
        for event in self:
            name = f"{self.env.cr.dbname}:{event.id}"
            event.uuid = str(uuid.uuid5(EVENT_NAMESPACE, name))

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
    def _prepare_quantity(self, lot, quantity):
        """Return a quantity of a lot as the ledger keeps inputs."""
        product = lot.product_id
        return {
            "item": product.default_code or product.barcode or f"product-{product.id}",
            "lot": lot.name,
            "quantity": quantity,
            "unit": product.uom_id.name,
            "gtin": product.barcode or "",
        }

    # EPCIS ---------------------------------------------------------------

    @api.model
    def _get_epcis_namespace(self):
        """Return the address below which our own identifiers live."""
        base = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param(  # no secret in there
                "traceability.epcis_namespace"
            )
        )
        return (base or f"{self.browse().get_base_url()}/id").rstrip("/")

    def _prepare_ledger_event(self):
        """Return the row as ``lib.epcis.LedgerEvent``."""
        self.ensure_one()
        biz_step, disposition, action = VOCABULARY[self.kind]
        return LedgerEvent(
            event_id=self.uuid,
            occurred_at=write_moment(self.occurred_at),
            recorded_at=write_moment(self.recorded_at),
            biz_step=biz_step,
            disposition=disposition,
            action=action,
            quantities=[Quantity(**self._prepare_quantity(self.lot_id, self.quantity))],
            inputs=[Quantity(**entry) for entry in self.inputs or ()],
            location=self.location_id.complete_name or "",
            documents=[self.document] if self.document else [],
        )

    def _export_epcis(self):
        """Return these rows as an EPCIS 2.0 document, oldest first."""
        namespace = self._get_epcis_namespace()
        events = [
            build_event(event._prepare_ledger_event(), namespace)
            for event in self.sorted("id")
        ]
        return build_document(events, created_at=write_moment(fields.Datetime.now()))

    @api.model
    def export_epcis(self, date_from=False, date_to=False):
        """Return the ledger of a period as an EPCIS 2.0 document, over RPC too.

        :param date_from: inclusive, UTC; ``date_to``: exclusive.
        """
        domain = []
        if date_from:
            domain.append(("occurred_at", ">=", date_from))
        if date_to:
            domain.append(("occurred_at", "<", date_to))
        return self.search(domain)._export_epcis()

    def action_export_epcis(self):
        """Download the selected rows as EPCIS."""
        return {
            "type": "ir.actions.act_url",
            "url": f"/traceability/epcis?ids={','.join(map(str, self.ids))}",
            "target": "self",
        }
