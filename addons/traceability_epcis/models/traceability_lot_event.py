from odoo import api, fields, models

from odoo.addons.integration_core.lib.envelope import write_moment

from ..lib.ledger import (
    LedgerEvent,
    Quantity,
    build_document,
    build_event,
)
from ..lib.row_id import row_uuid

QUANTITY_FIELDS = ("item", "lot", "quantity", "unit", "gtin")


class TraceabilityLotEvent(models.Model):
    """The ledger as EPCIS events: built when somebody asks, from what the rows say."""

    _name = "traceability.lot.event"
    _inherit = ["traceability.lot.event", "traceability.epcis.source"]
    _epcis_number = 0
    _epcis_columns = {"event_time": "occurred_at", "record_time": "recorded_at"}

    uuid = fields.Char(compute="_compute_uuid", string="Event")

    def _compute_uuid(self):
        database = self._get_database_uuid()
        for event in self:
            event.uuid = row_uuid(database, event.id)

    @api.model
    def _get_database_uuid(self):
        # No secret; the parameter is readable for administrators only.
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid") or ""

    # Export --------------------------------------------------------------

    def _prepare_ledger_event(self, serials, orders, rows):
        """Return the row as ``lib.ledger.LedgerEvent``.

        :param serials: codes of items that are tracked by serial number.
        :param orders: see ``_find_orders``.
        :param rows: of the same move line, oldest first.
        """
        self.ensure_one()
        correction = self._get_correction(rows)
        kind = rows[0].kind if self.kind == "correction" else self.kind
        own = self._prepare_quantity(self.lot_id, self.quantity)
        own["lot"] = self._get_lot_name()
        corrected = {}
        if correction:
            corrected = {
                "corrected_at": write_moment(correction.recorded_at),
                "corrected_by": correction.uuid if correction.quantity else "",
            }
        return LedgerEvent(
            event_id=self.uuid,
            occurred_at=write_moment(self.occurred_at),
            recorded_at=write_moment(self.recorded_at),
            kind=kind,
            quantities=[self._read_quantity(own, serials)],
            inputs=[self._read_quantity(entry, serials) for entry in self.inputs or ()],
            location=self.location_id.complete_name or "",
            whereabouts=self._get_whereabouts().complete_name or "",
            partner=str(self.partner_id.id or ""),
            documents=self._get_documents(kind, orders),
            **corrected,
        )

    def _get_lot_name(self):
        """Return the number the lot had when this was recorded: an event keeps its own."""
        # Who may read the row may know what the lot was called.
        later = self.lot_id.sudo().trace_rename_ids.filtered(
            lambda rename: rename.id > self.id
        )
        return later.sorted("id")[:1].document or self.lot_id.name

    def _read_quantity(self, entry, serials):
        known = {name: entry[name] for name in QUANTITY_FIELDS if name in entry}
        return Quantity(**known, serial=entry["item"] in serials)

    def _find_serials(self):
        """Return the codes of the items of these rows that have serial numbers."""
        codes = {entry["item"] for event in self for entry in event.inputs or ()}
        products = self.env["product.product"].search(
            [
                ("tracking", "=", "serial"),
                "|",
                "|",
                ("default_code", "in", list(codes)),
                ("barcode", "in", list(codes)),
                ("id", "in", self.product_id.ids),
            ]
        )
        return {p.default_code or p.barcode or f"product-{p.id}" for p in products}

    def _build_epcis_events(self):
        """Return these rows as EPCIS events, in their order."""
        styles = {
            company: company._get_epcis_style()
            for company in self.company_id | self.env.company
        }
        serials = self._find_serials()
        orders = self._find_orders()
        rows_of_line = self._find_rows_of_lines()
        built = []
        for event in self:
            rows = rows_of_line.get(event.move_line_id, event)
            ledger_event = event._prepare_ledger_event(serials, orders, rows)
            style = styles[event.company_id or self.env.company]
            built.append(build_event(ledger_event, style))
        return built

    def _get_correction(self, rows):
        """Return the row that declares this one an error: the next, or itself.

        :param rows: of the same move line, oldest first.
        """
        self.ensure_one()
        if self.kind == "correction" and not self.quantity:
            return self
        return rows.filtered(
            lambda row: row.id > self.id and row.kind == "correction"
        )[:1]

    def _find_rows_of_lines(self):
        """Return ``{move line: its rows, oldest first}``, where there was a correction."""
        corrected = self.search(
            [("kind", "=", "correction"), ("move_line_id", "in", self.move_line_id.ids)]
        ).move_line_id
        rows = self.search([("move_line_id", "in", corrected.ids)], order="id")
        return rows.grouped("move_line_id")

    def _export_epcis(self):
        """Return these rows as an EPCIS 2.0 document, oldest first."""
        return build_document(
            self.sorted("id")._build_epcis_events(),
            created_at=write_moment(fields.Datetime.now()),
        )

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
