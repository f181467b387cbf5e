from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.integration_core.log_fields import BigInteger, LogReference

from ..lib.criteria import Compare, Descendants
from ..lib.master_data import find_below
from ..lib.moments import write_microseconds
from ..lib.patterns import escape_like
from ..lib.terms import term
from . import traceability_epcis_queries as queries
from .traceability_epcis_source import from_microseconds

OPERATORS = {name: SQL(name) for name in ("=", ">", ">=", "<", "<=")}
# What of an event names lots.
LOT_TERMS = (
    "epc",
    "epcClass",
    "inputEPC",
    "inputEPCClass",
    "outputEPC",
    "outputEPCClass",
)


class TraceabilityEpcisEvent(models.Model):
    """An EPCIS event that somebody captured here, as it was sent. Never edited.

    ``terms`` is what it can be found by, see ``lib/terms.py``; it follows from the body.
    """

    _name = "traceability.epcis.event"
    _inherit = [
        "append.only.mixin",
        "integration.sealed.mixin",
        "traceability.epcis.source",
    ]
    _description = "EPCIS Event"
    _order = "id desc"
    _rec_name = "event_id"
    _log_access = False
    _sealed_columns = (
        "event_id",
        "declared",
        "event_type",
        "event_time",
        "record_time",
        "body",
        "context",
        "system_id",
        "company_id",
        "capture_id",
        "terms",
    )
    _epcis_number = 1
    _epcis_columns = {"event_time": "event_time", "record_time": "record_time"}

    event_id = fields.Char(required=True, readonly=True)
    declared = fields.Char(
        readonly=True,
        default="",
        help="When it was declared an error; the declaration bears the event's id.",
    )
    event_type = fields.Char(string="Type", required=True, readonly=True)
    event_time = BigInteger(
        required=True, readonly=True, help="Microseconds since 1970, UTC."
    )
    record_time = BigInteger(required=True, readonly=True)
    occurred_at = fields.Datetime(compute="_compute_moments")
    recorded_at = fields.Datetime(compute="_compute_moments")
    body = fields.Json(required=True, readonly=True)
    body_text = fields.Text(compute="_compute_body_text", string="Event as sent")
    context = fields.Json(readonly=True)
    terms = fields.Json(readonly=True)
    biz_step = fields.Char(compute="_compute_words", string="Business Step")
    disposition = fields.Char(compute="_compute_words")
    system_id = LogReference("integration.system", readonly=True, index=True)
    company_id = LogReference("res.company", required=True, readonly=True)
    capture_id = fields.Many2one(
        "traceability.epcis.capture", readonly=True, index=True, ondelete="restrict"
    )
    lot_ids = fields.Many2many("stock.lot", compute="_compute_lot_ids", string="Lots")

    _event_once = models.UniqueIndex("(company_id, event_id, declared)")
    _terms_index = models.Index("USING gin (terms)")
    _event_time_index = models.Index("(event_time, id)")
    _record_time_index = models.Index("(record_time, id)")

    def _get_written_at_sql(self):
        return SQL("to_timestamp(record_time / 1e6) AT TIME ZONE 'UTC'")

    def _compute_moments(self):
        for event in self:
            event.occurred_at = from_microseconds(event.event_time).replace(
                microsecond=0
            )
            event.recorded_at = from_microseconds(event.record_time).replace(
                microsecond=0
            )

    def _compute_body_text(self):
        for event in self:
            event.body_text = queries.pretty(event.body)

    def _compute_words(self):
        for event in self:
            event.biz_step = event.body.get("bizStep")
            event.disposition = event.body.get("disposition")

    def _compute_lot_ids(self):
        Lot = self.env["stock.lot"]
        for event in self:
            uris = {
                value
                for name, _, value in (t.partition("=") for t in event.terms or ())
                if name in LOT_TERMS
            }
            event.lot_ids = Lot._find_by_epcis_uris(uris, event.company_id)

    # Answers to queries --------------------------------------------------

    @api.model
    def _prepare_epcis_moment(self, microseconds):
        return microseconds

    def _get_epcis_moment(self, order_by):
        return self[order_by]

    def _prepare_epcis_events(self):
        return [
            (
                {**event.body, "recordTime": write_microseconds(event.record_time)},
                event.context or [],
            )
            for event in self
        ]

    @api.model
    def _get_epcis_domain(self, criterion):
        if isinstance(criterion, Compare):
            return self._compare_terms(criterion)
        if isinstance(criterion, Descendants):
            headers = self.env["traceability.epcis.capture"]._find_headers()
            places = find_below(headers, criterion.places)
            return self._any_term([term(criterion.name, place) for place in places])
        domain = self._any_term(criterion.terms)
        for pattern in criterion.patterns:
            domain |= self._like_term(pattern)
        return domain

    @api.model
    def _find_epcis_values(self, names, after, limit):
        """Return values that captured events of the caller's companies have."""
        self.check_access("read")
        return queries.find_known_values(
            self.env.cr, self.env.companies.ids, names, after, limit
        )

    def _any_term(self, terms):
        terms = list(terms)
        if not terms:
            return Domain.FALSE
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s ?| %s", SQL.identifier(alias, "terms"), terms
            )
        )

    def _like_term(self, pattern):
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "EXISTS (SELECT FROM jsonb_array_elements_text(%s) AS term"
                " WHERE term LIKE %s)",
                SQL.identifier(alias, "terms"),
                pattern,
            )
        )

    def _compare_terms(self, criterion):
        """Compare numbers in terms; a text that is no number never matches."""
        start = f"{criterion.name}="
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                r"EXISTS (SELECT FROM jsonb_array_elements_text(%(terms)s) AS term"
                r" WHERE term LIKE %(like)s AND CASE"
                r" WHEN substr(term, %(at)s) ~ '^-?\d{1,99}(\.\d{1,99})?([eE][+-]?\d{1,2})?$'"
                r" THEN substr(term, %(at)s)::numeric %(operator)s %(number)s::numeric"
                r" ELSE FALSE END)",
                terms=SQL.identifier(alias, "terms"),
                like=f"{escape_like(start)}%",
                at=len(start) + 1,
                operator=OPERATORS[criterion.operator],
                number=criterion.number,
            )
        )
