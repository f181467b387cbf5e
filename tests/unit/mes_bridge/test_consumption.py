from tests.unit.libs import load_lib

consumption = load_lib("mes_bridge", "consumption")
downtime = load_lib("mes_bridge", "downtime")


def test_deviations_are_those_beyond_the_tolerance():
    per_unit = {1: 2.0, 2: 1.0}
    assert not consumption.find_deviations(per_unit, {1: 20.05, 2: 10}, 10)
    found = consumption.find_deviations(per_unit, {1: 25, 3: 1}, 10)
    assert [(d.product, d.expected, d.consumed) for d in found] == [
        (1, 20, 25),
        (2, 10, 0),
        (3, 0, 1),
    ]


def test_a_standstill_that_ended_stays_so():
    begin = downtime.Report((1, "", 0), 100, expected_until=900)
    end = downtime.Report((5, "", 0), 100, ended_at=700)
    for reports in ([begin, end], [end, begin]):
        assert downtime.merge(reports) == downtime.Standstill(100, 700, 900)
