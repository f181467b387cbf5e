from odoo import api, fields, models
from odoo.fields import Domain

from ..lib import epcis
from ..lib.ledger import Entry, build_event, declare_error


class TraceabilityLotEvent(models.Model):
    """The ledger in the words of EPCIS 2.0."""

    _inherit = "traceability.lot.event"

    @api.model
    def export_epcis(self, date_from=None, date_to=None, lot_ids=None):
        """Return an ``EPCISDocument`` of the ledger, as far as the user may read it.

        :param date_from, date_to: naive UTC, from inclusive, to exclusive.
        :param lot_ids: only events of these lots.
        """
        heads = self.search(
            self._get_export_domain(date_from, date_to, lot_ids),
            order="occurred_at, id",
        )
        return epcis.build_document(
            heads._get_epcis_events(), created_at=fields.Datetime.now()
        )

    @api.model
    def _get_export_domain(self, date_from=None, date_to=None, lot_ids=None):
        """Return the domain of the first row of every event asked for."""
        domain = Domain("position", "=", 0)
        if date_from:
            domain &= Domain("occurred_at", ">=", date_from)
        if date_to:
            domain &= Domain("occurred_at", "<", date_to)
        if lot_ids is not None:
            rows = self._search([("lot_id", "in", lot_ids)])
            domain &= Domain("event_uuid", "in", rows.subselect("event_uuid"))
        return domain

    def _get_epcis_events(self):
        """Return the ``lib.epcis.EpcisEvent`` of these rows' events, in their order."""
        uuids = list(dict.fromkeys(self.mapped("event_uuid")))
        corrected = [uuid for uuid in self.mapped("corrects_uuid") if uuid]
        rows = self.search(
            [("event_uuid", "in", [*uuids, *corrected])], order="position"
        ).grouped("event_uuid")
        events = []
        for uuid in uuids:
            events += rows[uuid]._prepare_epcis_events(rows)
        return events

    def _prepare_epcis_events(self, rows):
        """Return the event of these rows, after the declaration that one was wrong."""
        wrong = rows.get(self[0].corrects_uuid)
        if not wrong:
            return [self._prepare_epcis_event()]
        right = self.filtered("quantity")
        declaration = declare_error(
            wrong._prepare_epcis_event(),
            declared_at=self[0].recorded_at,
            corrected_by=self[0].event_uuid if right else None,
        )
        return [declaration, *(right and [right._prepare_epcis_event()])]

    def _prepare_epcis_event(self):
        # Who may read the ledger reads what it says; units and settings come with it.
        rows = self.sudo()
        return build_event(
            [row._prepare_entry() for row in rows],
            namespace=rows.company_id._get_epcis_namespace(),
        )

    def _prepare_entry(self):
        """Return this row as ``lib.ledger.Entry``."""
        self.ensure_one()
        quantity, unit_code = self.product_uom_id._to_epcis(self.quantity)
        return Entry(
            event_uuid=self.event_uuid,
            kind=self.kind,
            epc=self.epc,
            occurred_at=self.occurred_at,
            recorded_at=self.recorded_at,
            role=self.role,
            instance=self.identifies == "instance",
            quantity=quantity,
            unit_code=unit_code,
            offset=self.timezone_offset or "+00:00",
            biz_step=self.biz_step or None,
            disposition=self.disposition or None,
            location=str(self.location_id.id) if self.location_id else None,
            partner=str(self.partner_id.id) if self.partner_id else None,
            document=(self.res_model, str(self.res_id)) if self.res_id else (),
        )
