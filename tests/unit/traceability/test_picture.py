from tests.unit.libs import load_lib

picture = load_lib("traceability", "picture")
Step = picture.Step


def arrows(*steps, vertices=(1, 2, 3)):
    found = picture.connect(steps, dict.fromkeys(vertices))
    return {pair: (arrow.quantity, arrow.returned) for pair, arrow in found.items()}


def test_what_leads_from_lot_to_lot_is_added_up():
    steps = [Step("production", 1, 2, 5), Step("production", 1, 2, 7)]
    assert arrows(*steps) == {("lot:1", "lot:2"): (12, 0)}


def test_returns_are_taken_off_both_ways():
    steps = [
        Step("shipment", 2, None, 10, partner=7),
        Step("customer_return", None, 2, 4, partner=7),
        Step("receipt", None, 1, 20, partner=9),
        Step("vendor_return", 1, None, 5, partner=9),
    ]
    assert arrows(*steps) == {
        ("lot:2", "customer:7"): (6, 4),
        ("supplier:9", "lot:1"): (15, 5),
    }


def test_what_is_not_in_the_picture_has_no_arrow():
    steps = [
        Step("production", 1, 9, 5),
        Step("shipment", 9, None, 5, partner=7),
        Step("internal", 1, None, 5),
    ]
    assert arrows(*steps) == {}


def test_weakest_confidence_counts():
    steps = [Step("production", 1, 2, 5), Step("production", 1, 2, 5, "assumed")]
    (written,) = picture.write_arrows(picture.connect(steps, {1: 0, 2: 0}))
    assert written["confidence"] == "assumed"


def node(vertex, stage, product=1, disposition="released"):
    return {
        "id": picture.lot_node(vertex),
        "kind": "lot",
        "product": "[R] Resin",
        "product_name": "Resin",
        "product_id": product,
        "stage": stage,
        "unit": "kg",
        "on_hand": 2.0,
        "disposition": disposition,
    }


def test_groups_are_by_product_and_stage_and_the_root_stays():
    nodes = [node(1, 0), node(2, 1), node(3, 1, disposition="rejected"), node(4, 2)]
    steps = [
        Step("production", 1, 2, 5),
        Step("production", 1, 3, 5),
        Step("production", 2, 4, 1),
        Step("production", 3, 4, 1),
    ]
    made = picture.connect(steps, dict.fromkeys((1, 2, 3, 4)))
    groups, merged = picture.group(nodes, made, "lot:1")
    by_id = {found["id"]: found for found in groups}
    assert set(by_id) == {"lot:1", "group:1:1", "group:1:2"}
    assert by_id["group:1:1"]["dispositions"] == {"released": 1, "rejected": 1}
    assert by_id["group:1:1"]["on_hand"] == 4.0
    assert {pair: arrow.quantity for pair, arrow in merged.items()} == {
        ("lot:1", "group:1:1"): 10,
        ("group:1:1", "group:1:2"): 2,
    }
