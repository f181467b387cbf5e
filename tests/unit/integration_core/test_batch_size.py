from tests.unit.libs import load_lib

batch_size = load_lib("integration_core", "batch_size")


def grow(seconds_each, rounds=12):
    """Return what is claimed in the end where each of them takes that long."""
    size = batch_size.BATCH_FIRST
    for _round in range(rounds):
        size = batch_size.fit(size, size, size * seconds_each)
    return size


def test_what_is_slow_is_claimed_one_by_one():
    assert grow(2.0) == grow(0.6) == 1


def test_what_is_quick_is_claimed_by_the_hundred():
    assert grow(0.001) == batch_size.BATCH_MAX


def test_a_claim_takes_about_as_long_whatever_one_takes():
    for seconds_each in (0.005, 0.02, 0.1, 0.25):
        assert grow(seconds_each) * seconds_each <= batch_size.BATCH_SECONDS
        assert (grow(seconds_each) + 1) * seconds_each > batch_size.BATCH_SECONDS


def test_one_that_was_quick_is_followed_by_two():
    assert batch_size.fit(1, 1, 0.0) == 2


def test_few_that_were_there_do_not_shrink_the_next_claim():
    assert batch_size.fit(50, 2, 0.01) == 100
