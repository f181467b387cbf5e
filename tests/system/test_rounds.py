"""One cron process for all lanes, and Odoo's limit on how long a round of it may take."""

import time

from tests.plant.partner import until
from tests.plant.setup import Plant
from tests.system.conftest import sign_in

TYPE = "connection.tested"
TIERS = ("1", "2", "3")
# Longer than a cron process waits for its next round, or Odoo would kill it while idle.
LIMIT_SECONDS = 75
# By then two lanes have run for as long as they may in rounds of their own.
BUSY_SECONDS = 85
# A new process loads all addons, and finds all of Odoo's own actions waiting.
FIRST_ROUND_SECONDS = 150


def test_lanes_that_are_never_idle_share_a_round(run_server):
    options = {"limit_time_real_cron": str(LIMIT_SECONDS)}
    with run_server("system_rounds", cron_workers=1, options=options) as server:
        plant = Plant(sign_in(server))
        for tier in TIERS:
            plant.connect(f"tier-{tier}", f"Tier {tier}", "other", (TYPE,))
            plant.odoo.create(
                "integration.policy",
                system_id=plant.ids[f"tier-{tier}"],
                direction="in",
                tier=tier,
            )
        until(
            lambda: not plant.odoo.search(
                "ir.cron", ("integration_lane_id", "!=", False), ("lastcall", "=", False)
            ),
            FIRST_ROUND_SECONDS,
            "The lanes were not looked at",
        )
        before = server.worker_pids("cron")
        sent = []
        end = time.monotonic() + BUSY_SECONDS
        while time.monotonic() < end:
            for partner in plant.partners.values():
                sent.append((partner, partner.send(TYPE, {"text": "hello"})))
            time.sleep(0.4)
        for partner, message in sent[-len(TIERS) :]:
            assert partner.wait(message)["state"] == "done"
        for partner, message in sent:
            assert partner.status(message)["state"] == "done"
        assert len(before) == 1
        assert server.worker_pids("cron") == before, "The process was killed."
