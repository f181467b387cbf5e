from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

genealogy = load_lib("traceability", "genealogy")


def trace(starts, pairs, direction="forward"):
    rows = [(*pair[:2], (*pair, "exact")[2]) for pair in pairs]
    return genealogy.Closure(tuple(starts), direction, rows)


def test_nearest_path_wins_and_cycles_end():
    found = trace([1], [(1, 2), (2, 3), (3, 4), (1, 4), (4, 1)])
    assert {vertex: reach.depth for vertex, reach in found.reached.items()} == {
        1: 0,
        2: 1,
        4: 1,
        3: 2,
    }
    assert found.path_to(3) == [1, 2, 3]


def test_backward_follows_the_same_edges():
    assert trace([3], [(1, 2), (2, 3)], "backward").path_to(1) == [3, 2, 1]


def test_the_surest_way_counts():
    found = trace(
        [1], [(1, 3, "assumed"), (1, 2, "allocated"), (2, 3, "exact"), (3, -4, "exact")]
    )
    assert found.certainty == {
        1: "exact",
        2: "allocated",
        3: "allocated",
        -4: "allocated",
    }
    assert (found.lot_ids, found.node_ids) == ([1, 3, 2], [4])


def test_paths_in_words_stay_short():
    found = trace([1], [(number, number + 1) for number in range(1, 5000)])
    paths = found.describe_paths({number: f"L{number}" for number in range(1, 5001)})
    assert paths[3] == "L1 → L2 → L3"
    assert paths[12].count("→") == 11
    assert paths[5000].startswith("L1 → … → L4991 → ")
    assert paths[5000].endswith("L4999 → L5000")


EDGES = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.integers(1, 8),
        st.sampled_from(["exact", "allocated", "assumed"]),
    ),
    max_size=20,
)


@given(EDGES)
def test_certainty_is_the_best_over_all_paths(pairs):
    found = trace([1], pairs)
    rank = {"exact": 0, "allocated": 1, "assumed": 2}
    best = {1: 0}
    for _turn in range(10):  # relax until nothing changes: obviously right
        for source, target, confidence in pairs:
            if source in best:
                worst = max(best[source], rank[confidence])
                best[target] = min(best.get(target, 9), worst)
    assert {v: rank[name] for v, name in found.certainty.items()} == best
