"""A database that goes away while the server starts."""

import contextlib
from dataclasses import replace

import requests

from tests.plant.partner import until
from tests.plant.setup import Plant
from tests.system.conftest import sign_in

PROBE = "connection.tested"
SECONDS = 180
DISCONNECT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


@contextlib.contextmanager
def out_of_reach(cluster):
    """Nobody reaches the cluster inside of the block, nor does who had reached it."""
    away = cluster.socket.with_name(f"{cluster.socket.name}-away")
    cluster.socket.rename(away)
    try:
        replace(cluster, socket=away).query("postgres", DISCONNECT)
        yield
    finally:
        away.rename(cluster.socket)


def test_who_sends_while_the_server_starts_without_it_is_told_to_come_back(
    run_server, cluster
):
    with run_server("system_outage", cluster=cluster) as server:
        partner = Plant(sign_in(server)).connect("early", "Early", "mes", (PROBE,))
        event = partner.event(PROBE, {"text": "early"})

        def answer():
            # Whoever asks first after a start waits until all modules are loaded.
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                # In a tuple: a response that refuses counts as false.
                return (partner.post(event),)

        server.kill()
        before = len(server.log.read_text())
        server.launch()
        # One that finds no database at all ends, and is started again by whoever does.
        until(
            lambda: "odoo.modules.loading" in server.log.read_text()[before:],
            SECONDS,
            "The server does not load its modules",
        )
        with out_of_reach(cluster):
            (refusal,) = until(answer, SECONDS, "The server does not listen")
            assert refusal.status_code == 503, refusal.text
            assert refusal.json()["type"].endswith("temporarily-unavailable")
            assert int(refusal.headers["Retry-After"]) > 0
        accepted = until(
            lambda: (found := answer()) and found[0].status_code == 202,
            SECONDS,
            "The server does not find its database",
        )
        assert accepted
