"""A plant's day, played over real HTTP against a running Odoo.

``play(server)`` plays all eight parts and returns a ``Step`` for each. The partners are
small real systems: they sign, they listen, they go down and come back.
"""

from typing import Any

from tests.plant.day.asn import play_asn
from tests.plant.day.crash import play_crash
from tests.plant.day.epcis import play_epcis
from tests.plant.day.inspection import play_inspection
from tests.plant.day.laboratory import play_laboratory
from tests.plant.day.production import play_production
from tests.plant.day.recall import play_recall
from tests.plant.day.reconciliation import play_reconciliation
from tests.plant.setup import prepare
from tests.plant.steps import Step, run_step


def play(server: Any) -> list[Step]:
    """Play the day against ``tools.server.Server``; see ``tools/demo.py``."""
    plant = prepare(
        server.url, server.database, server.admin_login, server.admin_password
    )
    parts = (
        ("asn", lambda seen: play_asn(plant, seen)),
        ("inspection", lambda seen: play_inspection(plant, seen)),
        ("laboratory", lambda seen: play_laboratory(plant, seen)),
        ("production", lambda seen: play_production(plant, seen)),
        ("recall", lambda seen: play_recall(plant, seen)),
        ("epcis", lambda seen: play_epcis(plant, server, seen)),
        ("crash", lambda seen: play_crash(plant, server, seen)),
        ("reconciliation", lambda seen: play_reconciliation(plant, seen)),
    )
    try:
        return [run_step(name, part) for name, part in parts]
    finally:
        if plant.mes_server:
            plant.mes_server.stop()
