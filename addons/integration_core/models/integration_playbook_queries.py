"""SQL of playbook runs: taking one on, and keeping it while it is worked on.

Guarantee: a step's effects and the run's advance are one transaction. A run is taken on
in a transaction before, which counts: who dies in the middle leaves a count behind.
Index: ``integration_playbook_run._due_index``.
"""

from odoo.tools import SQL

# From taking a run on to locking its row; a worker that needs longer has died.
GRACE_SECONDS = 10


def claim(cr, now):
    """Take on the run that is due for the longest time and that nobody works on.

    :param now: naive UTC.
    :returns: ``(id, how often it was taken on since its last outcome)``, None when
        nothing is due.
    """
    cr.execute(
        SQL(
            """
            UPDATE integration_playbook_run
               SET claim_count = claim_count + 1,
                   claimed_until = %(now)s::timestamp + %(grace)s * interval '1 second'
             WHERE id = (SELECT id
                           FROM integration_playbook_run
                          WHERE state IN ('running', 'undoing') AND due_at <= %(now)s
                            AND COALESCE(claimed_until, due_at) <= %(now)s
                          ORDER BY due_at, id
                          LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, claim_count
            """,
            now=now,
            grace=GRACE_SECONDS,
        )
    )
    return cr.fetchone()


def hold(cr, run_id, claim_count):
    """Lock a run that was taken on. Returns False when it is somebody else's by now."""
    cr.execute(
        SQL(
            "SELECT 1 FROM integration_playbook_run"
            " WHERE id = %s AND claim_count = %s AND state IN ('running', 'undoing')"
            "   FOR UPDATE SKIP LOCKED",
            run_id,
            claim_count,
        )
    )
    return bool(cr.fetchone())


def seconds_until_due(cr, now):
    """Return when the next run is due, None when none is open. It may be negative."""
    cr.execute(
        SQL(
            "SELECT EXTRACT(epoch FROM MIN(GREATEST(due_at, claimed_until)) - %s)"
            "  FROM integration_playbook_run WHERE state IN ('running', 'undoing')",
            now,
        )
    )
    seconds = cr.fetchone()[0]
    return None if seconds is None else float(seconds)
