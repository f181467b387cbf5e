from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib.identifiers import canonical
from ..lib.terms import term
from .traceability_epcis_event import LOT_TERMS


class StockLot(models.Model):
    _inherit = "stock.lot"

    epcis_event_count = fields.Integer(compute="_compute_epcis_event_count")

    def _adopt_external_nodes(self):
        """Take the place of nodes of captured events, too, which join anew."""
        self._adopt_captured_nodes()
        return super()._adopt_external_nodes()

    def _adopt_captured_nodes(self):
        # sudo: the genealogy is the company's, whoever receives the lot; what is found
        # in each company is written in that one.
        nodes = self.env["traceability.node"].sudo()
        nodes = nodes.search(
            [
                ("kind", "=", "external"),
                ("system_id", "=", False),
                ("name", "in", self.mapped("name")),
            ]
        )
        if not nodes:
            return
        keys = {key[:2]: lot for lot in self for key in lot._get_epcis_keys()}
        nodes = nodes.filtered(lambda node: (node.item_code, node.name) in keys)
        for node in nodes:
            node.lot_id = keys[node.item_code, node.name]
        edges = self.env["traceability.edge"].sudo()
        for company, own in nodes.grouped("company_id").items():
            found = edges.search(
                [
                    ("res_model", "=", "traceability.epcis.event"),
                    "|",
                    ("input_node_id", "in", own.ids),
                    ("output_node_id", "in", own.ids),
                ]
            )
            events = self.env["traceability.epcis.event"].sudo()
            events = events.browse(set(found.mapped("res_id")))
            events._join_genealogy(company, events.mapped("event_id"))

    def _compute_epcis_event_count(self):
        Event = self.env["traceability.epcis.event"]
        readable = Event.has_access("read")
        for lot in self:
            # One that is being made has no name yet that events could tell.
            saved = lot._origin if readable else self.browse()
            lot.epcis_event_count = (
                Event.search_count(saved._get_epcis_event_domain()) if saved else 0
            )

    def _get_epcis_uri(self):
        """Return the canonical identifier of a lot or serial number."""
        self.ensure_one()
        company = self.company_id or self.env.company
        Event = self.env["traceability.lot.event"]
        values = Event._prepare_quantity(self, 0)
        serial = self.product_id.tracking == "serial"
        quantity = Event._read_quantity(values, [values["item"]] if serial else ())
        return canonical(company._get_epcis_style().lot(quantity))

    def _get_epcis_event_domain(self):
        """Return the domain of captured events that name this lot, whoever sent them.

        Index: traceability_epcis_event__terms_index.
        """
        uri = self._get_epcis_uri()
        terms = [term(name, uri) for name in LOT_TERMS]
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s ?| %s", SQL.identifier(alias, "terms"), terms
            )
        )

    def _find_by_epcis_uris(self, uris, company=None):
        """Return the lots that identifiers name: by GTIN, or by our own addresses."""
        style = (company or self.env.company)._get_epcis_style()
        named = {found for uri in uris if (found := style.read_lot(uri))}
        if not named:
            return self.browse()
        names = list({lot for _code, lot, _is_gtin in named})
        lots = self.search([("name", "in", names)]) | self._find_by_former_names(names)
        return lots.filtered(lambda lot: lot._get_epcis_keys() & named)

    def _get_epcis_keys(self):
        """Return what `lib.ledger.Style.read_lot` would read of this lot's identifiers."""
        product = self.product_id
        values = self.env["traceability.lot.event"]._prepare_quantity(self, 0)
        names = {self.name, *self._get_former_names()}
        keys = {(values["item"], name, False) for name in names}
        if product.barcode:
            keys |= {(product.barcode.zfill(14), name, True) for name in names}
        return keys

    def action_open_epcis_events(self):
        """Open what others reported about this lot."""
        self.ensure_one()
        events = self.env["traceability.epcis.event"].search(
            self._get_epcis_event_domain()
        )
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "traceability_epcis.traceability_epcis_event_action"
            ),
            "domain": [("id", "in", events.ids)],
            "context": {},
        }

    def action_download_epcis(self):
        """Download everything that happened to this lot as EPCIS events."""
        return {
            "type": "ir.actions.act_url",
            "url": f"/traceability/epcis?lots={','.join(map(str, self.ids))}",
            "target": "self",
        }
