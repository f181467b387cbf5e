"""All SQL of the reconciliation. Every statement names its index."""

from odoo.tools import SQL

from ..lib.reconciliation import KEY_COLUMNS, as_columns

WORK_MEMORY = "128MB"

KEY = SQL(", ").join(map(SQL.identifier, (*KEY_COLUMNS, "measure")))


def insert_lines(cr, run_id, figures):
    """Add figures to a snapshot, in one statement. Returns how many.

    :param figures: list of ``lib.reconciliation.Figure``.
    """
    columns = as_columns(figures)
    cr.execute(
        SQL(
            """
        INSERT INTO integration_reconciliation_snapshot_line (run_id, %s, quantity)
        SELECT %s, * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[],
                                 %s::varchar[], %s::numeric[])
        """,
            KEY,
            run_id,
            *columns,
        )
    )
    return cr.rowcount


def delete_older_lines(cr, limit):
    """Forget some lines of snapshots that a newer one took the place of.

    Their messages keep the evidence. Bounded, so that nothing is locked for long.

    Indexes: integration_reconciliation_latest_index,
    integration_reconciliation_snapshot_line__run_id_index.

    :returns: how many were deleted; fewer than the limit: none are left.
    """
    cr.execute(
        SQL(
            """
        DELETE FROM integration_reconciliation_snapshot_line
         WHERE id IN (
            SELECT line.id
              FROM integration_reconciliation older
              JOIN integration_reconciliation_snapshot_line line ON line.run_id = older.id
             WHERE older.state <> 'waiting' AND EXISTS (
                SELECT 1 FROM integration_reconciliation newer
                 WHERE newer.domain_id = older.domain_id
                   AND newer.system_id = older.system_id AND newer.scope = older.scope
                   AND newer.as_of > older.as_of AND newer.state = 'done')
             LIMIT %s)
        """,
            limit,
        )
    )
    return cr.rowcount


def compare(cr, run, ours, *, tolerance, user_id, gone_text):
    """Compare a snapshot with our figures and keep what differs.

    What differs already and is not decided stays one row, with the newest figures; an
    approval holds only as long as the difference stays the same. What does not differ
    any more is corrected, by whomever.

    Indexes: integration_reconciliation_snapshot_line__run_id_index,
    integration_discrepancy_one_known_index, integration_discrepancy_applied_index.

    :param run: one ``integration.reconciliation``.
    :param ours: ``SQL`` of ``_read_ours``.
    :returns: ``(their figures, our figures, equal figures, ids that differ, ids gone)``
    """
    theirs_count, ours_count, equal_count = _join(cr, run, ours, tolerance)
    found, gone = _keep(cr, run, user_id, gone_text)
    return theirs_count, ours_count, equal_count, found, gone


def _join(cr, run, ours, tolerance):
    """Join both sides once. What differs stays in the database, in one array.

    Each row is judged once: that is what a join of a million rows spends its time on.

    A statement of its own, which writes no table: only such ones run in parallel.
    """
    # For hashing a million keys in memory; back to the usual at the end of the
    # transaction.
    cr.execute(SQL("SET LOCAL work_mem = %s", WORK_MEMORY))
    cr.execute("DROP TABLE IF EXISTS integration_compared, integration_deviating")
    cr.execute(
        SQL(
            """
        CREATE TEMPORARY TABLE integration_deviating ON COMMIT DROP AS
        SELECT %(key)s, quantity AS ours, quantity AS theirs
          FROM integration_reconciliation_snapshot_line WITH NO DATA
        """,
            key=KEY,
        )
    )
    cr.execute(
        SQL(
            """
        CREATE TEMPORARY TABLE integration_compared ON COMMIT DROP AS
        SELECT count(theirs) AS theirs_count, count(ours) AS ours_count,
               count(*) AS count,
               array_agg((%(key)s, ours, theirs)::integration_deviating)
                   FILTER (WHERE abs(COALESCE(ours, 0) - COALESCE(theirs, 0))
                                 > %(tolerance)s) AS deviating
          FROM (
            SELECT %(key)s, ours.quantity AS ours, theirs.quantity AS theirs
              FROM (
                SELECT %(key)s, sum(quantity) AS quantity
                  FROM integration_reconciliation_snapshot_line
                 WHERE run_id = %(run)s GROUP BY %(key)s
              ) theirs FULL JOIN (%(ours)s) ours USING (%(key)s)
          ) compared
        """,
            key=KEY,
            ours=ours,
            run=run.id,
            tolerance=tolerance,
        )
    )
    cr.execute(
        "SELECT theirs_count, ours_count, count - COALESCE(cardinality(deviating), 0)"
        "  FROM integration_compared"
    )
    return cr.fetchone()


def _keep(cr, run, user_id, gone_text):
    """Bring the discrepancies in line with what the join left behind.

    :returns: ``(ids that differ, ids gone)``
    """
    cr.execute(
        SQL(
            """
        WITH deviating AS MATERIALIZED (
            SELECT %(key)s, COALESCE(ours, 0) AS ours, COALESCE(theirs, 0) AS theirs
              FROM (
                SELECT row.* FROM integration_compared, unnest(deviating) AS row
              ) compared
             WHERE NOT EXISTS (
                   -- Corrected by us after the snapshot was taken: nothing is twice.
                   SELECT 1 FROM integration_discrepancy applied
                    WHERE applied.domain_id = %(domain)s AND applied.system_id = %(system)s
                      AND applied.key_1 = compared.key_1 AND applied.key_2 = compared.key_2
                      AND applied.key_3 = compared.key_3 AND applied.key_4 = compared.key_4
                      AND applied.measure = compared.measure
                      AND applied.applied_at IS NOT NULL
                      AND applied.applied_at >= %(as_of)s)
        ), found AS (
            INSERT INTO integration_discrepancy AS known (
                run_id, domain_id, system_id, company_id, scope, %(key)s, ours, theirs,
                difference, state, first_seen_at, last_seen_at, seen_count,
                create_uid, create_date, write_uid, write_date)
            SELECT %(run)s, %(domain)s, %(system)s, %(company)s, %(scope)s, %(key)s,
                   ours, theirs, ours - theirs, 'open', %(as_of)s, %(as_of)s, 1,
                   %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
              FROM deviating
            ON CONFLICT (domain_id, system_id, %(key)s)
                  WHERE state IN ('open', 'approved', 'dismissed')
            DO UPDATE SET
                run_id = EXCLUDED.run_id, scope = EXCLUDED.scope,
                state = CASE WHEN known.difference = EXCLUDED.difference
                             THEN known.state ELSE 'open' END,
                previous_difference = known.difference,
                ours = EXCLUDED.ours, theirs = EXCLUDED.theirs,
                difference = EXCLUDED.difference,
                last_seen_at = EXCLUDED.last_seen_at,
                seen_count = known.seen_count + 1,
                write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
            RETURNING id
        ), gone AS (
            UPDATE integration_discrepancy known
               SET state = 'corrected',
                   -- Why it was dismissed is kept.
                   resolution = concat_ws(' ', CASE WHEN known.state = 'dismissed'
                                                    THEN known.resolution END,
                                          %(gone_text)s::varchar),
                   resolved_at = now() AT TIME ZONE 'UTC',
                   write_uid = %(user)s, write_date = now() AT TIME ZONE 'UTC'
             WHERE known.domain_id = %(domain)s AND known.system_id = %(system)s
               AND known.scope = %(scope)s
               AND known.state IN ('open', 'approved', 'dismissed')
               AND NOT EXISTS (
                   SELECT 1 FROM deviating d
                    WHERE d.key_1 = known.key_1 AND d.key_2 = known.key_2
                      AND d.key_3 = known.key_3 AND d.key_4 = known.key_4
                      AND d.measure = known.measure)
            RETURNING id
        )
        SELECT (SELECT array_agg(id) FROM found), (SELECT array_agg(id) FROM gone)
        """,
            key=KEY,
            domain=run.domain_id.id,
            run=run.id,
            system=run.system_id.id,
            company=run.company_id.id,
            scope=run.scope,
            as_of=run.as_of,
            user=user_id,
            gone_text=gone_text,
        )
    )
    found, gone = cr.fetchone()
    return found or [], gone or []
