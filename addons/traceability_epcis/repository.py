"""One repository out of several ledgers: what was captured, and our own lot ledger.

| function | responsibility |
|---|---|
| `find_page` | the next events of a query, merged in its order, and where they end |
| `count_up_to` | whether a query finds more than a caller can take |
"""

from dataclasses import dataclass, replace

from .lib.query import Mark

SOURCES = ("traceability.lot.event", "traceability.epcis.event")


@dataclass(frozen=True)
class Page:
    """Events with the own parts of their contexts; ``mark`` is None at the end."""

    events: tuple
    mark: Mark | None = None


def find_page(env, query):
    """Return one page of a query. Each ledger is asked once, by an index.

    :param query: ``lib.query.EventQuery``; ``env``: decides what may be seen.
    """
    size = query.per_page
    sent = query.after.sent if query.after else 0
    if query.limit is not None:
        size = min(size, query.limit - sent)
    if size <= 0:
        return Page(())
    found = []
    for model in SOURCES:
        rows = env[model]._find_epcis_rows(query, size + 1)
        number = rows._epcis_number
        found += [
            (row._get_epcis_moment(query.order_by), number, row.id, row) for row in rows
        ]
    found.sort(key=lambda entry: entry[:3], reverse=query.descending)
    page = found[:size]
    mark = None
    exhausted = query.limit is not None and sent + size >= query.limit
    if len(found) > size and not exhausted:
        moment, source, row, _record = page[-1]
        mark = Mark(moment, source, row, sent + size)
    return Page(tuple(_build(env, page)), mark)


def _build(env, page):
    """Return the events of a page, each ledger building its own in one go."""
    built = {}
    for model in SOURCES:
        rows = env[model].browse(
            [row.id for _moment, _number, _id, row in page if row._name == model]
        )
        built.update(
            zip(
                ((model, row.id) for row in rows),
                rows._prepare_epcis_events(),
                strict=True,
            )
        )
    return [built[row._name, row.id] for _moment, _number, _id, row in page]


def count_up_to(env, query, maximum):
    """Return how many events a query finds, counting no further than is asked."""
    whole = replace(query, after=None)
    return sum(
        env[model].search_count(
            env[model]._prepare_epcis_domain(whole), limit=maximum + 1
        )
        for model in SOURCES
    )
