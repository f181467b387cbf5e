import pytest

from tests.unit.libs import load_lib

sampling = load_lib("supplier_quality", "sampling")


@pytest.mark.parametrize(
    ("kind", "fixed", "quantity", "countable", "expected"),
    [
        ("all", 1, 40, True, 40),
        ("all", 1, 0, True, 1),
        ("all", 5, 480.5, False, 1),
        ("fixed", 5, 40, True, 5),
        ("fixed", 5, 3, True, 3),
        ("fixed", 5, 0.4, False, 5),
        ("fixed", 5, 1, True, 1),
    ],
)
def test_number_of_samples(kind, fixed, quantity, countable, expected):
    size = sampling.sample_size(
        kind, fixed=fixed, quantity=quantity, countable=countable
    )
    assert size == expected
