from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib.criteria import Compare, Descendants
from ..lib.identifiers import canonical
from ..lib.kinds import (
    OTHER,
    PRODUCTION_ORDER,
    PURCHASE_ORDER,
    TRANSFER_TYPES,
    VOCABULARY,
)
from ..lib.ledger import Quantity
from ..lib.row_id import read_row
from ..lib.terms import party_name, transaction_name
from . import traceability_epcis_queries as queries
from .traceability_epcis_source import from_microseconds, to_microseconds

DOCUMENTS = {
    transaction_name(kind): kind
    for kind in ("", PURCHASE_ORDER, PRODUCTION_ORDER, *TRANSFER_TYPES.values())
}
PARTIES = {
    party_name("source", "possessing_party"): True,
    party_name("destination", "possessing_party"): False,
}
OPERATORS = {name: SQL(name) for name in ("=", ">", ">=", "<", "<=")}
# What a pattern on serial numbers asks of a row, see ``lib.patterns``.
SERIALS = ("epc=", "outputEPC=")


class TraceabilityLotEvent(models.Model):
    """Which rows of the ledger answer an EPCIS query."""

    _inherit = "traceability.lot.event"

    def _get_epcis_moment(self, order_by):
        return to_microseconds(self[self._epcis_columns[order_by]])

    def _prepare_epcis_events(self):
        return [(event, []) for event in self._build_epcis_events()]

    @api.model
    def _find_epcis_values(self, resource, after, limit):
        """Return our own identifiers that a resource lists, those behind ``after``.

        :param resource: ``epcs``, ``readPoints`` or another, of which we have none.
        """
        if resource not in ("epcs", "readPoints", "bizLocations"):
            return []
        self.check_access("read")
        if resource == "epcs":
            return queries.find_own_lots(
                self.env.cr,
                self.env.companies.ids,
                self._prepare_lot_bases(),
                after,
                limit,
            )
        uris = self._find_own_places(resource)
        return [uri for uri in uris if uri > after]

    def _prepare_lot_bases(self):
        """Return ``{product id: what stands before the number in an identifier}``."""
        style = self.env.company._get_epcis_style()
        products = self.env["product.product"].search([("tracking", "!=", "none")])
        bases = {}
        for product in products:
            item = product.default_code or product.barcode or f"product-{product.id}"
            serial = product.tracking == "serial"
            one = Quantity(item, "1", 1, gtin=product.barcode or "", serial=serial)
            bases[product.id] = canonical(style.lot(one))[:-1]
        return bases

    @api.model
    def _get_epcis_domain(self, criterion):
        if isinstance(criterion, Compare):
            return self._compare_number(criterion)
        if isinstance(criterion, Descendants):
            return self._at_places(criterion.name, criterion.places, "child_of")
        domain = Domain.OR(
            self._get_term_domain(name, value)
            for name, _, value in (term.partition("=") for term in criterion.terms)
        )
        for pattern in criterion.patterns:
            domain |= self._like_pattern(pattern)
        return domain

    def _like_pattern(self, pattern):
        if pattern == "type=%":
            # What every event has: a question that narrows nothing.
            return Domain.TRUE
        start = next((name for name in SERIALS if pattern.startswith(name)), None)
        if not start:
            return Domain.FALSE
        return self._like_serial(pattern.removeprefix(start)) & self._with_inputs(
            start == "outputEPC="
        )

    def _like_serial(self, like):
        """Rows of serial numbers whose Digital Link is like a pattern."""
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """EXISTS (SELECT FROM stock_lot lot
                     JOIN product_product product ON product.id = lot.product_id
                     JOIN product_template template
                       ON template.id = product.product_tmpl_id
                    WHERE lot.id = %s AND template.tracking = 'serial'
                      AND 'https://id.gs1.org/01/' || lpad(product.barcode, 14, '0')
                          || '/21/' || lot.name LIKE %s)""",
                SQL.identifier(alias, "lot_id"),
                like,
            )
        )

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
        if name in ("readPoint", "bizLocation"):
            return self._at_places(name, [value])
        if name in DOCUMENTS:
            return self._of_document(DOCUMENTS[name], value)
        if name in PARTIES:
            return self._of_party(value, is_source=PARTIES[name])
        return Domain.FALSE

    def _of_kinds(self, name, value):
        field = "biz_step" if name == "bizStep" else "disposition"
        kinds = self._fields["kind"].get_values(self.env)
        return self._told_as(
            [k for k in kinds if getattr(VOCABULARY.get(k, OTHER), field) == value]
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
        found = self._told_as(kinds) | self._told_as(["adjustment"]) & counted
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

    def _compare_number(self, criterion):
        if criterion.name == "errorDeclarationTime":
            return self._declared(
                SQL(
                    "declaration.recorded_at %s %s",
                    OPERATORS[criterion.operator],
                    from_microseconds(int(criterion.number)),
                )
            )
        if criterion.name != "quantity":
            return Domain.FALSE
        return self._with_quantity(OPERATORS[criterion.operator], criterion.number)

    def _with_quantity(self, operator, number):
        """Rows with a quantity that compares so, or of an input; serials have none."""
        serials = SQL(
            "SELECT product.id, COALESCE(NULLIF(product.default_code, ''),"
            " NULLIF(product.barcode, ''), 'product-' || product.id) AS code"
            " FROM product_product product JOIN product_template template"
            " ON template.id = product.product_tmpl_id WHERE template.tracking = 'serial'"
        )
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """(abs(%(quantity)s)::numeric %(operator)s %(number)s::numeric
                     AND NOT EXISTS (SELECT FROM (%(serials)s) serial
                                      WHERE serial.id = %(product)s)
                    OR EXISTS (SELECT FROM jsonb_path_query(%(inputs)s, '$[*]') AS input
                         WHERE abs((input ->> 'quantity')::numeric)
                               %(operator)s %(number)s::numeric
                           AND NOT EXISTS (SELECT FROM (%(serials)s) serial
                                            WHERE serial.code = input ->> 'item')))""",
                quantity=SQL.identifier(alias, "quantity"),
                product=SQL.identifier(alias, "product_id"),
                inputs=SQL.identifier(alias, "inputs"),
                operator=operator,
                number=number,
                serials=serials,
            )
        )
