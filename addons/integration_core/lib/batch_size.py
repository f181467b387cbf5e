"""How much work one transaction of a worker takes on."""

# What a transaction locks, people wait for.
BATCH_SECONDS = 0.5
BATCH_FIRST = 20
BATCH_MAX = 100


def fit(last: int, count: int, seconds: float) -> int:
    """Return how many to claim next: what is handled in a moment, and at least one.

    The rest is left to workers that are idle. It grows twofold at most: one that was
    quick says little of the next.

    :param last: how many were asked for.
    :param count: how many there were, and ``seconds`` what they took.
    """
    fitting = int(BATCH_SECONDS * count / seconds) if seconds > 0 else BATCH_MAX
    return max(1, min(fitting, 2 * last, BATCH_MAX))
