"""The statements of this addon that are written by hand."""

from odoo.tools import SQL, file_open

from ..lib.decision import list_allowed

# Whoever changes what goods may be used for; waits for all who use them.
FOR_CHANGE = SQL("FOR UPDATE")
# Whoever uses goods; waits for nobody but those who change what they may be used for.
FOR_USE = SQL("FOR KEY SHARE")
# Whoever writes a row that others may refer to.
FOR_WRITING = SQL("FOR NO KEY UPDATE")


def lock_rows(records, strength):
    """Lock the rows of these records until the transaction ends, waiting for others.

    Always in the order of ids. Index: primary key.

    :param strength: one of the constants above.
    :raises SerializationFailure: when a row was changed since the transaction began;
        Odoo then runs the request again.
    """
    if records:
        records.flush_recordset()
        records.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id %s",
                SQL.identifier(records._table),
                records.ids,
                strength,
            )
        )


def prepare_usable(model, alias, scope):
    """Return a condition on quants: no lot, package or place keeps these from a use.

    Looks at the few candidates of a reservation one by one, by primary key: neither the
    number of lots nor that of held ones matters.

    :param alias: of ``stock_quant`` in the statement.
    :param scope: the ``lib.reservation.ReservationScope``.
    """
    env = model.env
    return SQL(
        """(
        (%(lot)s IS NULL OR EXISTS (
            SELECT FROM stock_lot lot WHERE lot.id = %(lot)s
               AND (lot.disposition = ANY(%(statuses)s) OR lot.id = ANY(%(permitted)s))))
        AND (%(package)s IS NULL OR EXISTS (
            SELECT FROM stock_package package WHERE package.id = %(package)s
               AND (COALESCE(package.effective_disposition, 'released')
                        = ANY(%(in_package)s)
                    OR package.parent_path LIKE ANY(%(packages)s))))
        AND EXISTS (
            SELECT FROM stock_location place WHERE place.id = %(place)s
               AND (COALESCE(place.effective_disposition, 'released') = ANY(%(in_place)s)
                    AND (%(lot)s IS NOT NULL OR place.in_quarantine IS NOT TRUE
                         OR 'quarantined' = ANY(%(in_place)s))
                    OR place.parent_path LIKE ANY(%(places)s)))
        )""",
        lot=SQL.identifier(alias, "lot_id"),
        package=SQL.identifier(alias, "package_id"),
        place=SQL.identifier(alias, "location_id"),
        statuses=scope.list_usable(),
        in_package=scope.list_usable_in("package_id"),
        in_place=scope.list_usable_in("location_id"),
        permitted=scope.permitted_lot_ids,
        packages=scope.list_released_patterns("package_id"),
        places=scope.list_released_patterns("location_id"),
        to_flush=(
            *(model._fields[name] for name in ("lot_id", "package_id", "location_id")),
            env["stock.lot"]._fields["disposition"],
            env["stock.package"]._fields["effective_disposition"],
            env["stock.location"]._fields["effective_disposition"],
            env["stock.location"]._fields["in_quarantine"],
        ),
    )


def read_held_stock(env):
    """Return what the books and the moves say of all stock on hold, where they differ.

    ``(product id, lot id or None, location id, on the books, by the moves)`` in the
    product's unit: of held lots wherever they are kept, and of goods without a lot in
    places that hold them. Reads ``stock_quant`` and ``stock_move_line`` by lot, or by
    place where there is none.
    """
    for model in ("stock.quant", "stock.move.line", "stock.lot", "stock.location"):
        env[model].flush_model()
    env.cr.execute(
        SQL(
            """
    WITH place AS MATERIALIZED (
        SELECT id, COALESCE(in_quarantine, false)
                   OR COALESCE(effective_disposition, 'released') <> 'released' AS holding
          FROM stock_location WHERE usage IN ('internal', 'transit')
    ), lot AS MATERIALIZED (
        SELECT id FROM stock_lot WHERE disposition <> 'released'
    ), booked AS (
        SELECT product_id, lot_id, location_id, SUM(quantity) AS quantity
          FROM stock_quant
         WHERE lot_id IN (SELECT id FROM lot)
            OR (lot_id IS NULL AND location_id IN (SELECT id FROM place WHERE holding))
         GROUP BY product_id, lot_id, location_id
    ), line AS (
        SELECT product_id, lot_id, location_id, location_dest_id,
               quantity_product_uom AS quantity
          FROM stock_move_line
         WHERE state = 'done' AND lot_id IN (SELECT id FROM lot)
        UNION ALL
        SELECT product_id, lot_id, location_id, location_dest_id, quantity_product_uom
          FROM stock_move_line
         WHERE state = 'done' AND lot_id IS NULL
           AND (location_id IN (SELECT id FROM place WHERE holding)
                OR location_dest_id IN (SELECT id FROM place WHERE holding))
    ), moved AS (
        SELECT product_id, lot_id, location_id, SUM(quantity) AS quantity FROM (
            SELECT product_id, lot_id, location_id, -quantity AS quantity FROM line
            UNION ALL
            SELECT product_id, lot_id, location_dest_id, quantity FROM line
        ) both_ways GROUP BY product_id, lot_id, location_id
    ), compared AS (
        SELECT product_id, lot_id, location_id, SUM(booked) AS booked, SUM(moved) AS moved
          FROM (
            SELECT product_id, lot_id, location_id, quantity AS booked, 0 AS moved FROM booked
            UNION ALL
            SELECT product_id, lot_id, location_id, 0, quantity FROM moved
          ) either GROUP BY product_id, lot_id, location_id
    )
    SELECT compared.product_id, compared.lot_id, compared.location_id,
           compared.booked::float8, compared.moved::float8
      FROM compared
      JOIN place ON place.id = compared.location_id
      JOIN product_product product ON product.id = compared.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE template.is_storable AND (compared.lot_id IS NOT NULL OR place.holding)
       AND ABS(compared.booked - compared.moved) > 0.000001
     ORDER BY compared.location_id, compared.product_id, compared.lot_id
            """
        )
    )
    return env.cr.fetchall()


def install_guard(env):
    """Create or replace the triggers that refuse what got past everything else."""
    # What is being computed for new columns is written first: PostgreSQL alters no table
    # for which a trigger waits, and Odoo sets NOT NULL and indexes after this.
    env.flush_all()
    with file_open("lot_disposition/data/lot_disposition_guard.sql") as file:
        statement = file.read().replace("%", "%%").replace("{allowed}", "%s")
        env.cr.execute(SQL(statement, list_allowed()))
