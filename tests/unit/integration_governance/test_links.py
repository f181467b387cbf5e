import pytest

from tests.unit.libs import load_lib

apply_links = load_lib("integration_governance", "links").apply_links


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([], {1, 2}),
        ([(4, 2)], {1, 2}),
        ([(4, 3, 0)], {1, 2, 3}),
        ([[3, 2, 0]], {1}),
        ([(5,), (4, 7)], {7}),
        ([(6, 0, [2, 1])], {1, 2}),
        ([(6, 0, None)], set()),
        ([(0, 0, {"name": "new"})], None),
        ([(1, 2, {"name": "other"})], None),
        ([(2, 2)], None),
        ([()], None),
        (["x"], None),
        (False, None),
    ],
)
def test_links_after_commands(commands, expected):
    assert apply_links([1, 2], commands) == expected


def test_bare_ids_are_linked_besides():
    # A command that is a number alone is an id.
    assert apply_links([1], [3]) == {1, 3}
