"""Keeping the journal small: what needs no longer be remembered."""

from .journal import Journal

STEP = 1000
SLACK = 1.1


def forget(journal: Journal) -> int:
    """Forget the oldest delivered ids and the longest idle order keys beyond the limits.

    A key that is forgotten and comes again begins a new epoch, so its first message is
    not taken for an old one. In small steps: taking in goes on. Returns how many went.
    """
    return _forget_known(journal) + _forget_streams(journal)


def _forget_known(journal: Journal) -> int:
    ((count,),) = journal.query("SELECT count(*) FROM known")
    excess = count - journal.limits.max_known
    if excess <= journal.limits.max_known * (SLACK - 1):
        return 0
    # The streams after a restart are counted from what is known.
    journal.keep_streams()
    rows = journal.query(
        "SELECT position, key FROM known WHERE state IS NOT NULL ORDER BY position"
        " LIMIT ?",
        excess,
    )
    for begin in range(0, len(rows), STEP):
        step = rows[begin : begin + STEP]
        with journal.transaction() as cursor:
            cursor.executemany(
                "DELETE FROM known WHERE position = ?", [(p,) for p, _key in step]
            )
        journal.memory.forget_ids(step)
    return len(rows)


def _forget_streams(journal: Journal) -> int:
    journal.keep_streams()
    ((count,),) = journal.query("SELECT count(*) FROM stream")
    excess = count - journal.limits.max_streams
    if excess <= journal.limits.max_streams * (SLACK - 1):
        return 0
    rows = journal.query(
        "SELECT order_key, position FROM stream WHERE order_key NOT IN"
        " (SELECT order_key FROM message) ORDER BY position LIMIT ?",
        excess,
    )
    if not rows:
        return 0
    journal.raise_epoch()
    for begin in range(0, len(rows), STEP):
        with journal.transaction() as cursor:
            # One that has come back meanwhile has another position, and stays.
            keys = [
                (key,)
                for key, position in rows[begin : begin + STEP]
                if journal.memory.streams[key].position == position
            ]
            cursor.executemany("DELETE FROM stream WHERE order_key = ?", keys)
            journal.memory.forget_streams(key for (key,) in keys)
    return len(rows)
