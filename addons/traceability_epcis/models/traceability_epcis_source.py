from datetime import UTC, datetime, timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib.criteria import AnyOf, Described, Period
from ..lib.master_data import find_described
from ..lib.terms import term, word

EPOCH = datetime(1970, 1, 1)
COMPARE = {">=": SQL(">="), "<": SQL("<"), ">": SQL(">")}


def to_microseconds(moment):
    """Return naive UTC as microseconds since 1970."""
    delta = moment - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_microseconds(number):
    """Return microseconds since 1970 as naive UTC."""
    return EPOCH + timedelta(microseconds=number)


class TraceabilityEpcisSource(models.AbstractModel):
    """What a ledger has to say for its rows to be answers to EPCIS queries.

    A query asks every ledger for its next rows in the same order and merges them, see
    ``repository.py``: nothing is stored twice, and what was written is there at once.
    """

    _name = "traceability.epcis.source"
    _description = "Source of EPCIS Events"

    # Its place among the ledgers, where two rows have the same moment.
    _epcis_number = 0
    # Columns of the two moments.
    _epcis_columns = {}

    @api.model
    def _get_epcis_domain(self, criterion):
        """Hook: return the domain of the rows that a criterion of ``lib`` lets pass.

        :param criterion: any but ``Period`` and ``Described``.
        """
        raise NotImplementedError

    def _prepare_epcis_events(self):
        """Hook: return ``(event, own parts of its context)`` of each row."""
        raise NotImplementedError

    def _get_epcis_moment(self, order_by):
        """Hook: return the row's moment in microseconds since 1970."""
        raise NotImplementedError

    @api.model
    def _prepare_epcis_moment(self, microseconds):
        """Hook: return a moment as the columns keep it."""
        return from_microseconds(microseconds)

    @api.model
    def _find_epcis_rows(self, query, limit):
        """Return the next rows of a query, in its order; record rules hold.

        :param query: ``lib.query.EventQuery``
        """
        column = self._epcis_columns[query.order_by]
        direction = "desc" if query.descending else "asc"
        domain = self._prepare_epcis_domain(query)
        if query.after:
            domain &= self._after(query)
        return self.search(
            domain, order=f"{column} {direction}, id {direction}", limit=limit
        )

    @api.model
    def _prepare_epcis_domain(self, query):
        return Domain.AND(map(self._narrow, query.criteria))

    def _narrow(self, criterion):
        if isinstance(criterion, Period):
            return self._period(criterion)
        if isinstance(criterion, Described):
            headers = self.env["traceability.epcis.capture"]._find_headers()
            found = find_described(headers, criterion.attributes, criterion.values)
            criterion = AnyOf(
                tuple(
                    term(name, word(name, uri))
                    for name in criterion.names
                    for uri in found
                )
            )
        return self._get_epcis_domain(criterion)

    def _period(self, period):
        return self._compare_column(
            self._epcis_columns[period.column], period.operator, period.microseconds
        )

    def _compare_column(self, column, operator, microseconds):
        moment = self._prepare_epcis_moment(microseconds)
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s",
                SQL.identifier(alias, column),
                COMPARE[operator],
                moment,
            )
        )

    def _after(self, query):
        """Return the domain of what comes behind the mark, whichever ledger it is in."""
        mark = query.after
        column = self._epcis_columns[query.order_by]
        beyond = "<" if query.descending else ">"
        moment = self._prepare_epcis_moment(mark.moment)
        own, other = self._epcis_number, mark.source
        if query.descending:
            own, other = other, own

        def to_sql(model, alias, _query):
            tie = SQL("TRUE") if own > other else SQL("FALSE")
            if own == other:
                row = SQL.identifier(alias, "id")
                tie = SQL("%s %s %s", row, COMPARE[beyond], mark.row)
            return SQL(
                "(%(name)s %(beyond)s %(moment)s OR (%(name)s = %(moment)s AND %(tie)s))",
                name=SQL.identifier(alias, column),
                beyond=COMPARE[beyond],
                moment=moment,
                tie=tie,
            )

        return Domain.custom(to_sql=to_sql)


def utc_now():
    """Return the moment, naive UTC, with its microseconds."""
    return datetime.now(UTC).replace(tzinfo=None)
