import pytest

from tests.unit.libs import load_lib

certificate = load_lib("supplier_quality", "certificate")
verdict = load_lib("supplier_quality", "verdict")
Stated = certificate.Stated
VISC = verdict.Characteristic("VISC", "Viscosity", 800, 1200, "mPa·s")
LOOK = verdict.Characteristic("LOOK", "Look")


@pytest.mark.parametrize(
    ("stated", "kinds"),
    [
        ({"VISC": Stated(1000, unit="mPa·s"), "LOOK": Stated(conforming=True)}, []),
        ({"VISC": Stated(1000), "LOOK": Stated(conforming=True)}, []),
        ({"VISC": Stated(800), "LOOK": Stated(conforming=False)}, ["out_of_limits"]),
        ({"LOOK": Stated(conforming=True)}, ["missing"]),
        ({"VISC": Stated(1.0, unit="Pa·s"), "LOOK": Stated(conforming=True)}, ["other_unit"]),
        ({"VISC": Stated(conforming=True), "LOOK": Stated(conforming=True)}, ["no_value"]),
        ({"VISC": Stated(1480), "LOOK": Stated()}, ["out_of_limits", "out_of_limits"]),
        ({}, ["missing", "missing"]),
        ({"OTHER": Stated(5)}, ["missing", "missing"]),
    ],
)
def test_mismatches(stated, kinds):
    found = certificate.find_mismatches([VISC, LOOK], stated)
    assert [mismatch.kind for mismatch in found] == kinds
