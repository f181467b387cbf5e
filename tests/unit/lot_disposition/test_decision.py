import pytest

from tests.unit.libs import load_lib

decision = load_lib("lot_disposition", "decision")


@pytest.mark.parametrize(
    ("status", "forbidden"),
    [
        ("released", set()),
        ("pending", {"consume", "ship", "scrap", "transfer_out", "correction"}),
        ("restricted", {"consume", "ship", "scrap", "transfer_out", "correction"}),
        (
            "quarantined",
            {"consume", "ship", "scrap", "transfer_out", "correction", "internal"},
        ),
        ("rejected", {"consume", "ship", "transfer_out", "correction", "internal"}),
    ],
)
def test_decision_table(status, forbidden):
    refused = {use for use in decision.USES if not decision.is_allowed(status, use)}
    assert refused == forbidden


def test_quality_may_correct_but_neither_consume_nor_ship():
    assert decision.is_allowed("quarantined", "correction", quality=True)
    assert not decision.is_allowed("quarantined", "consume", quality=True)
    assert not decision.is_allowed("quarantined", "ship", quality=True)


@pytest.mark.parametrize(
    ("source", "destination", "flags", "use"),
    [
        ("supplier", "internal", {}, "inbound"),
        ("production", "internal", {}, "inbound"),
        ("customer", "internal", {}, "inbound"),
        ("inventory", "internal", {}, "inbound"),
        ("internal", "internal", {}, "internal"),
        ("internal", "internal", {"to_quarantine": True}, "to_quarantine"),
        ("internal", "production", {}, "consume"),
        ("internal", "customer", {}, "ship"),
        ("transit", "customer", {}, "ship"),
        ("transit", "internal", {}, "inbound"),
        ("supplier", "customer", {}, "ship"),
        ("customer", "customer", {}, "ship"),
        ("inventory", "production", {}, "consume"),
        ("supplier", "production", {}, "consume"),
        ("inventory", "customer", {}, "ship"),
        ("customer", "supplier", {}, "return_to_vendor"),
        ("internal", "supplier", {}, "return_to_vendor"),
        ("internal", "transit", {}, "transfer_out"),
        ("internal", "inventory", {"scrap": True}, "scrap"),
        ("internal", "inventory", {}, "correction"),
        ("internal", "view", {}, "transfer_out"),
    ],
)
def test_moves_are_classified(source, destination, flags, use):
    assert decision.classify(source, destination, **flags) == use


def test_gravest_of_several():
    assert decision.gravest([]) == "released"
    assert decision.gravest(["pending", "quarantined", "released"]) == "quarantined"
    assert decision.gravest(["quarantined", "rejected"]) == "rejected"


def test_quality_takes_goods_out_of_a_place_but_not_a_lot_of_its_hold():
    assert decision.is_allowed_in_place("quarantined", "internal", quality=True)
    assert not decision.is_allowed_in_place("quarantined", "ship", quality=True)
    assert not decision.is_allowed("quarantined", "internal", quality=True)
