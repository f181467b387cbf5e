import json
from pathlib import Path

import pytest

from tests.unit.libs import ADDONS, load_lib

notice = load_lib("procurement_bridge", "notice")
Part = notice.AdvisedPart


def line(*lots, **values):
    return {
        "item": "I",
        "unit": "KGM",
        "quantity": sum(q for _name, q in lots),
        "lots": [{"lot": name, "quantity": q} for name, q in lots],
        **values,
    }


def test_one_part_per_lot_and_one_for_a_line_without():
    parts = notice.read_parts(
        {
            "lines": [
                line(("A", 3), ("B", 4)),
                {"item": "J", "unit": "PCE", "quantity": 9},
            ]
        }
    )
    assert parts == [
        Part(1, "I", "KGM", 3, "A"),
        Part(1, "I", "KGM", 4, "B"),
        Part(2, "J", "PCE", 9),
    ]


def test_suppliers_line_number_is_kept():
    assert notice.read_parts({"lines": [line(("A", 3), line=40)]})[0].number == 40


def test_same_lot_twice_is_one_part():
    parts = notice.read_parts({"lines": [line(("A", 3), ("A", 4))]})
    assert [(part.lot, part.quantity) for part in parts] == [("A", 7)]


@pytest.mark.parametrize("quantity", [6.99, 7.01, 0])
def test_lots_must_add_up(quantity):
    with pytest.raises(notice.LotSumError) as caught:
        notice.read_parts({"lines": [line(("A", 3), ("B", 4), quantity=quantity)]})
    assert (caught.value.item, caught.value.lot_sum) == ("I", 7)


def test_binary_noise_in_a_sum_is_none():
    lots = [(str(number), 0.1) for number in range(3)]
    assert len(notice.read_parts({"lines": [line(*lots, quantity=0.3)]})) == 3


def test_packages_of_a_lot():
    parts = notice.read_parts(
        {
            "lines": [line(("A", 3), ("B", 4))],
            "packages": [
                {"sscc": "1", "lots": ["A"]},
                {"sscc": "2", "lots": ["A", "B"]},
                {"sscc": "3"},
            ],
        }
    )
    assert [part.sscc for part in parts] == [("1", "2"), ("2",)]


def test_sample_of_the_contract_is_read():
    path = Path(ADDONS, "procurement_bridge/contracts/shipment.advised/1.0.sample.json")
    parts = notice.read_parts(json.loads(path.read_text()))
    assert [(p.lot, p.quantity, p.expiry) for p in parts] == [
        ("H-24117", 120, "2027-11-14"),
        ("H-24118", 80, None),
    ]
