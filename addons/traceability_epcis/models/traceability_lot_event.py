from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.integration_core.lib.envelope import write_moment

from ..lib.criteria import Compare, Descendants
from ..lib.ledger import (
    INCOMING,
    OTHER,
    VOCABULARY,
    LedgerEvent,
    Quantity,
    build_document,
    build_event,
    read_row,
    row_uuid,
)
from ..lib.terms import party_name, transaction_name
from .traceability_epcis_source import to_microseconds

QUANTITY_FIELDS = ("item", "lot", "quantity", "unit", "gtin")
ANY_DOCUMENT = transaction_name("")
PARTIES = {
    party_name("source", "possessing_party"): True,
    party_name("destination", "possessing_party"): False,
}
OPERATORS = {name: SQL(name) for name in ("=", ">", ">=", "<", "<=")}


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

    def _prepare_ledger_event(self, serials=frozenset(), correction=None, kind=None):
        """Return the row as ``lib.ledger.LedgerEvent``.

        :param serials: codes of items that are tracked by serial number.
        :param correction: the row that corrected this one, if one did.
        :param kind: what a correction is a correction of.
        """
        self.ensure_one()
        own = self._prepare_quantity(self.lot_id, self.quantity)
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
            kind=kind or self.kind,
            quantities=[self._read_quantity(own, serials)],
            inputs=[self._read_quantity(entry, serials) for entry in self.inputs or ()],
            location=self.location_id.complete_name or "",
            partner=str(self.partner_id.id or ""),
            document=self.document or "",
            **corrected,
        )

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
        rows_of_line = self._find_rows_of_lines()
        built = []
        for event in self:
            rows = rows_of_line.get(event.move_line_id, event)
            ledger_event = event._prepare_ledger_event(
                serials,
                event._get_correction(rows),
                rows[0].kind if event.kind == "correction" else None,
            )
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

    # Answers to queries --------------------------------------------------

    def _get_epcis_moment(self, order_by):
        return to_microseconds(self[self._epcis_columns[order_by]])

    def _prepare_epcis_events(self):
        return [(event, []) for event in self._build_epcis_events()]

    @api.model
    def _get_epcis_domain(self, criterion):
        if isinstance(criterion, Compare):
            return self._compare_quantity(criterion)
        if isinstance(criterion, Descendants):
            return self._at_places(criterion.name, criterion.places, "child_of")
        domain = Domain.OR(
            self._get_term_domain(name, value)
            for name, _, value in (term.partition("=") for term in criterion.terms)
        )
        # What every event has: a question that narrows nothing.
        return domain | Domain.TRUE if "type=%" in criterion.patterns else domain

    def _get_term_domain(self, name, value):
        """Return the domain of the rows whose event would have a term."""
        if name in ("bizStep", "disposition"):
            return self._of_kinds(name, value)
        if name in ("action", "type"):
            return self._of_type_or_action(name, value)
        if name == "eventID":
            row = read_row(self._get_database_uuid(), value)
            return Domain("id", "=", row if row and row < 2**31 else 0)
        if name in ("epc", "epcClass", "outputEPC", "outputEPCClass"):
            lots = self.env["stock.lot"]._find_by_epcis_uris([value])
            made = "output" in name
            return Domain("lot_id", "in", lots.ids) & self._with_inputs(made)
        if name in ("inputEPC", "inputEPCClass"):
            return self._from_inputs(value)
        if name in ("EXISTS_errorDeclaration", "errorReason", "correctiveEventID"):
            return self._declared(self._get_declaration_condition(name, value))
        if name == "readPoint":
            return self._at_places(name, [value], "in")
        if name == ANY_DOCUMENT:
            return self._of_own("document", value, "document")
        if name in PARTIES:
            return self._of_own("party", value, "partner_id") & Domain(
                "kind", "in" if PARTIES[name] else "not in", list(INCOMING)
            )
        return Domain.FALSE

    def _of_kinds(self, name, value):
        field = "biz_step" if name == "bizStep" else "disposition"
        kinds = self._fields["kind"].get_values(self.env)
        return Domain(
            "kind",
            "in",
            [k for k in kinds if getattr(VOCABULARY.get(k, OTHER), field) == value],
        )

    def _of_type_or_action(self, name, value):
        if name == "type":
            if value not in ("ObjectEvent", "TransformationEvent"):
                return Domain.FALSE
            return self._with_inputs(value == "TransformationEvent")
        kinds = [
            kind
            for kind in self._fields["kind"].get_values(self.env)
            if kind != "adjustment" and VOCABULARY.get(kind, OTHER).action == value
        ]
        counted = {
            "ADD": Domain("quantity", ">=", 0),
            "DELETE": Domain("quantity", "<", 0),
        }.get(value, Domain.FALSE)
        found = Domain("kind", "in", kinds) | (
            Domain("kind", "=", "adjustment") & counted
        )
        return found & self._with_inputs(False)

    def _with_inputs(self, wanted):
        """Rows with inputs are transformations, all others events of objects."""
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(jsonb_typeof(%s) IS NOT DISTINCT FROM 'array') = %s",
                SQL.identifier(alias, "inputs"),
                wanted,
            )
        )

    def _from_inputs(self, uri):
        lots = self.env["stock.lot"]._find_by_epcis_uris([uri])
        edges = self.env["traceability.edge"].search(
            [("res_id", "!=", False), ("input_vertex", "in", lots.ids)]
        )
        return Domain.OR(
            Domain("res_model", "=", model)
            & Domain("res_id", "in", own.mapped("res_id"))
            & self._with_inputs(True)
            for model, own in edges.grouped("res_model").items()
        )

    def _get_declaration_condition(self, name, value):
        if name == "errorReason":
            if value not in ("incorrect_data", "did_not_occur"):
                return SQL("FALSE")
            return SQL("(declaration.quantity = 0) = %s", value == "did_not_occur")
        if name == "correctiveEventID":
            row = read_row(self._get_database_uuid(), value) or 0
            return SQL(
                "declaration.id = %s AND declaration.quantity <> 0",
                min(row, 2**31 - 1),
            )
        return SQL("TRUE")

    def _declared(self, condition):
        """Rows that are declared errors, see ``_get_correction``.

        :param condition: on ``declaration``, the row that does.
        """
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """EXISTS (SELECT FROM (
                   (SELECT itself.* FROM traceability_lot_event itself
                     WHERE itself.id = %(id)s AND itself.kind = 'correction'
                       AND itself.quantity = 0)
                     UNION ALL
                   (SELECT later.* FROM traceability_lot_event later
                     WHERE later.kind = 'correction' AND later.id > %(id)s
                       AND later.move_line_id = %(line)s ORDER BY later.id LIMIT 1)
                     LIMIT 1) declaration WHERE %(condition)s)""",
                id=SQL.identifier(alias, "id"),
                line=SQL.identifier(alias, "move_line_id"),
                condition=condition,
            )
        )

    def _at_places(self, name, uris, operator):
        if name != "readPoint":
            return Domain.FALSE
        style = self.env.company._get_epcis_style()
        names = [own[0] for uri in uris if (own := style.read_own(uri, "location"))]
        places = self.env["stock.location"].search([("complete_name", "in", names)])
        return Domain("location_id", operator, places.ids)

    def _of_own(self, kind, uri, field):
        own = self.env.company._get_epcis_style().read_own(uri, kind)
        if not own:
            return Domain.FALSE
        if field != "partner_id":
            return Domain(field, "=", own[0])
        number = own[0] if own[0].isascii() and own[0].isdigit() else "0"
        return Domain(field, "=", int(number[:9]))

    def _compare_quantity(self, criterion):
        if criterion.name != "quantity":
            return Domain.FALSE
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s::numeric %s %s::numeric",
                SQL.identifier(alias, "quantity"),
                OPERATORS[criterion.operator],
                criterion.number,
            )
        )
