from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.traceability.models.stock_move_line import INSIDE

from ..lib.kinds import INCOMING, PRODUCTION_ORDER, TRANSFER_TYPES


class TraceabilityLotEvent(models.Model):
    """Where and why: what a row says of places, documents and partners as an event.

    What a row says and which rows say it stand beside each other here.
    """

    _inherit = "traceability.lot.event"

    # What a row says ------------------------------------------------------

    def _get_whereabouts(self):
        """Return the place where the lot was afterwards; none once it has left."""
        self.ensure_one()
        place = self.location_dest_id or self.location_id
        return place if place.usage in INSIDE else place.browse()

    def _get_documents(self, kind, orders):
        """Return ``(type, number)`` of the documents behind a row, see ``lib.ledger``.

        :param kind: what the row is told as.
        :param orders: see ``_find_orders``.
        """
        self.ensure_one()
        own = []
        if self.document and kind != "rename":  # its document is the former number
            own = [(self._get_document_type(kind), self.document)]
        return own + orders.get(self, [])

    def _get_document_type(self, kind):
        if self.res_model == "mrp.production":
            return PRODUCTION_ORDER
        return TRANSFER_TYPES.get(kind, "") if self.res_model == "stock.picking" else ""

    # Which rows say it ----------------------------------------------------

    def _told_as(self, kinds):
        """Rows of these kinds; a correction is told as the first row of its line."""
        return Domain("kind", "in", kinds) | Domain("kind", "=", "correction") & (
            Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    """(SELECT kind FROM traceability_lot_event first
                         WHERE first.move_line_id = %s AND first.kind <> 'correction'
                         ORDER BY first.id LIMIT 1) = ANY(%s)""",
                    SQL.identifier(alias, "move_line_id"),
                    list(kinds),
                )
            )
        )

    def _of_document(self, kind, uri):
        """Rows with a document of a type; an empty one means documents without."""
        number = self._read_own("document", uri)
        if not number:
            return Domain.FALSE
        found = Domain("document", "=", number) & self._of_document_type(kind)
        return found | self._get_order_domain(kind, number)

    def _of_document_type(self, kind):
        made = Domain("res_model", "=", "mrp.production")
        moved = Domain("res_model", "=", "stock.picking")
        if kind == PRODUCTION_ORDER:
            return made
        if kind:
            kinds = [name for name, of in TRANSFER_TYPES.items() if of == kind]
            return moved & self._told_as(kinds)
        others = ~(moved & self._told_as([*TRANSFER_TYPES]))
        return Domain("kind", "!=", "rename") & ~made & others

    def _of_party(self, uri, *, is_source):
        """Rows with a partner on the other side; transformations have none."""
        number = self._read_own("party", uri) or ""
        if not (number.isascii() and number.isdigit()):
            return Domain.FALSE
        incoming = self._told_as([*INCOMING])
        return (
            Domain("partner_id", "=", int(number[:9]))
            & (incoming if is_source else ~incoming)
            & self._with_inputs(False)
        )

    def _at_places(self, name, uris, operator="in"):
        """Rows that took place at places, or after which the lot was there.

        :param operator: ``child_of``: or anywhere below.
        """
        own = [self._read_own("location", uri) for uri in uris]
        Place = self.env["stock.location"]
        places = Place.search([("complete_name", "in", list(filter(None, own)))])
        if operator == "child_of":
            places = Place.search([("id", "child_of", places.ids)])
        if name == "readPoint":
            return Domain("location_id", "in", places.ids)
        inside = places.filtered(lambda place: place.usage in INSIDE).ids
        return Domain("location_dest_id", "in", inside) | (
            Domain("location_dest_id", "=", False) & Domain("location_id", "in", inside)
        )

    @api.model
    def _find_own_places(self, resource):
        """Return identifiers of our places, as ``readPoints`` or ``bizLocations``."""
        style = self.env.company._get_epcis_style()
        inside = [("usage", "in", INSIDE)] if resource == "bizLocations" else []
        places = self.env["stock.location"].search([("usage", "!=", "view"), *inside])
        return [style.own("location", place.complete_name) for place in places]

    def _read_own(self, kind, uri):
        """Return the value of an identifier of ours, or None."""
        own = self.env.company._get_epcis_style().read_own(uri, kind)
        return own[0] if own else None
