import pytest

from tests.unit.libs import load_lib

reservation = load_lib("lot_disposition", "reservation")
Scope, Release = reservation.ReservationScope, reservation.Release


@pytest.mark.parametrize(
    ("column", "goods", "holder", "lets_out"),
    [
        ("location_id", "1/8/", "1/8/", True),
        ("location_id", "1/8/9/", "1/8/", True),
        ("location_id", "1/8/9/", "1/", True),
        ("location_id", "1/8/9/", "1/8/9/", False),  # held by what is inside of it
        ("location_id", "1/7/", "1/", False),
        ("package_id", "1/8/", "1/8/", False),
    ],
)
def test_release_is_for_goods_there_and_for_what_holds_them(
    column, goods, holder, lets_out
):
    release = Release(1, "location_id", "1/8/", 5)
    assert release.lets_out(column, goods, holder) is lets_out


def test_what_comes_in_out_of_a_place_is_moved_out_of_it():
    scope = Scope("inbound")
    assert "quarantined" not in scope.list_usable_in("location_id")
    assert "quarantined" in scope.list_usable_in("package_id")
    assert "quarantined" in scope.list_usable()


@pytest.mark.parametrize(
    ("use", "released"),
    [("internal", True), ("inbound", True), ("ship", False), ("consume", False)],
)
def test_places_let_goods_out_and_no_further(use, released):
    assert Scope(use).may_be_released is released


def test_without_permits_only_the_use_is_left():
    scope = Scope("internal", ((1, 2.0),), (Release(1, "location_id", "1/", 5),))
    assert scope.list_released_patterns("location_id") == ["1/%"]
    assert scope.without_permits() == Scope("internal")
