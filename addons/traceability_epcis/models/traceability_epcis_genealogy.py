from odoo import api, models
from odoo.fields import Domain

from odoo.addons.traceability.models.traceability_source_mixin import COLUMNS

from ..lib.genealogy import joins, read_links
from ..lib.identifiers import canonical, read_trade_item
from ..lib.ledger import UNIT_CODES
from ..lib.row_id import read_row
from ..lib.terms import term
from .traceability_epcis_source import from_microseconds

UNIT_NAMES = {code: name for name, code in UNIT_CODES.items()}


class TraceabilityEpcisEvent(models.Model):
    """Captured events join the genealogy; what is declared an error leaves it.

    What we know is our lot. What we do not know, a lot or a container, is an external
    node of the company: an identifier of GS1 means the same whoever sends it.
    """

    _name = "traceability.epcis.event"
    _inherit = ["traceability.epcis.event", "traceability.source.mixin"]

    @api.model
    def _join_genealogy(self, company, event_ids):
        """Write the edges of events as the record is now; again changes nothing."""
        events = self._find_concerned(company, event_ids)
        wrong = {event.event_id for event in events if event.declared}
        groups = {}
        for event in events.sorted("id"):
            key = event.body.get("transformationID") or event.event_id
            groups.setdefault(key, []).append(event)
        Edge = self.env["traceability.edge"]
        for group in groups.values():
            bodies = [event.body for event in group if event.event_id not in wrong]
            rows = group[0]._prepare_link_rows(bodies)
            for number, event in enumerate(group):
                Edge._store_source(event, COLUMNS, [] if number else rows)

    @api.model
    def _find_concerned(self, company, event_ids):
        """Return events with these ids, and those that share their transformationID."""
        # The genealogy is the company's, whichever system captures.
        own = self.sudo().search(
            [("company_id", "=", company.id), ("event_id", "in", list(event_ids))]
        )
        own = own.filtered(lambda event: joins(event.body))
        names = {event.body.get("transformationID") for event in own} - {None}
        if not names:
            return own
        shared = own.search(
            own._any_term([term("transformationID", canonical(n)) for n in names])
            & Domain("company_id", "=", company.id)
        )
        # Whether one of them is an error stands under its id.
        same = own.search(
            [
                ("company_id", "=", company.id),
                ("event_id", "in", shared.mapped("event_id")),
            ]
        )
        return own | same

    # Edges ----------------------------------------------------------------

    def _prepare_link_rows(self, bodies):
        self.ensure_one()
        database = self.env["traceability.lot.event"]._get_database_uuid()
        links = read_links(
            # What we exported ourselves is in the genealogy already.
            [b for b in bodies if read_row(database, b.get("eventID", "")) is None]
        )
        ends = self._find_ends(
            {uri for link in links for uri in (link.source.uri, link.target)}
        )
        units = self._find_units({link.source.unit for link in links})
        common = {
            "kind": "reported",
            "partner_id": None,
            "move_id": None,
            "production_id": None,
            "reference": f"{self.system_id.name} {self.event_id}",
            "occurred_at": from_microseconds(self.event_time).replace(
                microsecond=0, tzinfo=None
            ),
            "company_id": self.company_id.id,
        }
        return [
            tuple(
                {**common, **self._prepare_link(link, ends, units)}[name]
                for name in COLUMNS
            )
            for link in links
        ]

    def _prepare_link(self, link, ends, units):
        source = ends[link.source.uri]
        product = source.product_id
        spoken = units.get(link.source.unit, self.env["uom.uom"])
        quantity, unit = link.quantity, product.uom_id or spoken
        if product and spoken and spoken._has_common_reference(unit):
            quantity = spoken._compute_quantity(quantity, unit, round=False)
        return {
            **self._prepare_end("input", self._get_vertex(source)),
            **self._prepare_end("output", self._get_vertex(ends[link.target])),
            "product_id": product.id or None,
            "uom_id": unit.id or None,
            "quantity": quantity,
            "confidence": link.confidence,
        }

    @api.model
    def _get_vertex(self, end):
        return end.id if end._name == "stock.lot" else -end.id

    @api.model
    def _find_units(self, codes):
        """Return ``{UN/ECE code: unit}``."""
        names = {UNIT_NAMES[code]: code for code in codes if code in UNIT_NAMES}
        Unit = self.env["uom.uom"].with_context(lang="en_US")
        found = Unit.search([("name", "in", list(names))]) if names else Unit
        return {names[unit.name]: unit for unit in found}

    def _find_ends(self, uris):
        """Return ``{canonical identifier: lot or external node}``."""
        company = self.company_id
        # Lots of the company, whatever the capturing system may see of them.
        Lot = self.env["stock.lot"].sudo()
        lots = Lot._find_by_epcis_uris(uris, company).filtered(
            lambda lot: not lot.company_id or lot.company_id == company
        )
        keys = {key: lot for lot in lots for key in lot._get_epcis_keys()}
        style = company._get_epcis_style()
        return {
            uri: keys.get(style.read_lot(uri)) or self._get_external_node(uri, company)
            for uri in sorted(uris)
        }

    @api.model
    def _get_external_node(self, uri, company):
        item = read_trade_item(uri)
        own = company._get_epcis_style().read_lot(uri)
        code, name = (own[0], own[1]) if own else (None, uri)
        product = self.env["product.product"]
        if item:
            # What the company calls that GTIN, whatever the system may see of it; what
            # another company calls so is not meant.
            product = product.sudo().search(
                [
                    ("barcode", "in", [item.gtin, item.gtin.lstrip("0")]),
                    ("company_id", "in", (company.id, False)),
                ],
                limit=1,
            )
        return self.env["traceability.node"]._get_external(
            self.env["integration.system"], company, name, code, product
        )
