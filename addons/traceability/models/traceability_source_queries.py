"""The edges of a document that turns lots into others.

Index: `traceability_edge` (res_id, res_model). Nothing here checks access: callers do.
"""

from odoo.tools import SQL

from .traceability_queries import as_array


def store_source(env, res_model, res_id, columns, rows):
    """Replace the edges of one document where they say something else; tell whether.

    :param columns: names; ``rows``: tuples of their values, in one order.
    """
    found = env.execute_query(
        SQL(
            "SELECT %s FROM traceability_edge WHERE res_id = %s AND res_model = %s",
            SQL(", ").join(
                SQL("quantity::float8") if name == "quantity" else SQL.identifier(name)
                for name in columns
            ),
            res_id,
            res_model,
        )
    )
    if len(found) == len(rows) and _comparable(found) == _comparable(rows):
        return False
    if found:
        env.cr.execute(
            SQL(
                "DELETE FROM traceability_edge WHERE res_id = %s AND res_model = %s",
                res_id,
                res_model,
            )
        )
    if rows:
        _insert_source(env, res_model, res_id, columns, rows)
    return True


def _insert_source(env, res_model, res_id, columns, rows):
    """Insert a document's edges: as many as its inputs times its outputs."""
    fields = env["traceability.edge"]._fields
    values = (
        SQL("%s::%s[]", as_array(column), SQL(fields[name].column_type[1]))
        for name, column in zip(columns, zip(*rows, strict=True), strict=True)
    )
    env.cr.execute(
        SQL(
            "INSERT INTO traceability_edge (res_id, res_model, %s)"
            " SELECT %s, %s, * FROM unnest(%s) row",
            SQL(", ").join(map(SQL.identifier, columns)),
            res_id,
            res_model,
            SQL(", ").join(values),
        )
    )


def _comparable(rows):
    return sorted(
        tuple(
            f"{value:.9g}" if isinstance(value, float) else str(value) for value in row
        )
        for row in rows
    )
