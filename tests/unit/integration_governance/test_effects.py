from tests.unit.libs import load_lib

settle = load_lib("integration_governance", "effects").settle


def effect(operation, number=1, **values):
    return {
        "operation": operation,
        "model": "x",
        "id": number,
        "name": f"{operation} {number}",
        "values": values,
    }


def test_steps_of_one_record_come_to_one_effect():
    made = effect("create", state=[None, "draft"], lot=[None, 7])
    [found] = settle([made, effect("write", state=["draft", "done"])])
    assert found["operation"] == "create"
    assert found["values"] == {"state": [None, "done"], "lot": [None, 7]}
    [found] = settle([effect("write", a=[1, 2]), effect("write", a=[2, 3])])
    assert found["values"] == {"a": [1, 3]}


def test_record_written_while_it_was_made_was_made():
    inside = effect("write", state=["draft", "open"], city=["a", "b"])
    [found] = settle([inside, effect("create", state=[None, "open"])])
    assert found["operation"] == "create"
    assert found["values"] == {"state": [None, "open"], "city": ["a", "b"]}


def test_what_came_back_never_happened():
    assert settle([effect("write", a=[1, 2]), effect("write", a=[2, 1])]) == []
    assert settle([effect("create", a=[None, 1]), effect("unlink")]) == []
    [found] = settle([effect("write", a=[1, 2]), effect("unlink")])
    assert (found["operation"], found["values"]) == ("unlink", {})


def test_records_stay_in_the_order_in_which_they_were_touched():
    steps = [effect("create", 2), effect("create", 1), effect("write", 2, a=[None, 1])]
    assert [found["id"] for found in settle(steps)] == [2, 1]
    assert settle(settle(steps)) == settle(steps)
