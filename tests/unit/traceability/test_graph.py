from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

graph = load_lib("traceability", "graph")


def test_nearest_way_wins():
    found = graph.reach([1], [(1, 2), (2, 3), (3, 4), (1, 4)])
    assert graph.path_to(4, found) == [1, 4]
    assert graph.path_to(3, found) == [1, 2, 3]
    assert [found[node].depth for node in (1, 2, 3, 4)] == [0, 1, 2, 1]


def test_a_cycle_ends():
    found = graph.reach([1], [(1, 2), (2, 3), (3, 1), (2, 2)])
    assert set(found) == {1, 2, 3}


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=60))
def test_reach_is_the_closure_and_every_path_is_made_of_steps(pairs):
    found = graph.reach([0], pairs)
    closure = {0}
    while grown := {b for a, b in pairs if a in closure} - closure:
        closure |= grown
    assert set(found) == closure
    for node in found:
        path = graph.path_to(node, found)
        assert path[0] == 0
        assert len(path) == found[node].depth + 1
        assert set(zip(path, path[1:], strict=False)) <= set(pairs)
