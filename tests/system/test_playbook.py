"""Playbooks on a real server: killed in the middle of a step, and stopped between two."""

import time

import pytest

from tests.plant.partner import until
from tests.plant.setup import Plant
from tests.system.conftest import sign_in

# Two runs of the scheduled action, a minute apart at worst, and the wait in between.
PATIENCE_SECONDS = 200
NUDGE_SECONDS = 3


@pytest.fixture(scope="module")
def server(run_server):
    modules = ["integration_test_probe"]
    with run_server("system_playbook", modules, log_level="warn") as server:
        Book(server, "elsewhere", [])
        yield server


class Book:
    """A playbook that answers the probe's event."""

    def __init__(self, server, name, steps):
        self.server, self.name = server, name
        self.odoo = Plant(sign_in(server)).odoo
        self.playbook = self.odoo.create(
            "integration.playbook",
            name=name,
            contract_code="probe.noticed",
            filter_expression=f"key == '{name}'",
            step_ids=[
                (0, 0, {"sequence": number, "name": f"Step {number}", **step})
                for number, step in enumerate(steps)
            ],
        )

    def notice(self, number):
        self.odoo.call("integration.probe", "notice", self.name, [number])

    def wait(self, state):
        """Wait for the run's state, while other events wake the scheduled action."""
        nudged = 0.0

        def arrived():
            nonlocal nudged
            if time.monotonic() - nudged > NUDGE_SECONDS:
                nudged = time.monotonic()
                self.odoo.call("integration.probe", "notice", "elsewhere", [0])
            runs = self.odoo.read(
                "integration.playbook.run",
                ("playbook_id", "=", self.playbook),
                fields=["state", "history_ids"],
            )
            return runs[0] if runs and runs[0]["state"] == state else None

        return until(arrived, PATIENCE_SECONDS, f"{self.name} is not {state}")

    def effects(self, what):
        return self.odoo.count("integration.probe", ("key", "=", f"{self.name}-{what}"))

    def history(self, run):
        rows = self.odoo.read(
            "integration.playbook.history",
            ("run_id", "=", run["id"]),
            fields=["what"],
            order="id",
        )
        return [row["what"] for row in rows]


HANDLER = {"kind": "handler", "handler_model": "integration.playbook.handler.probe"}
PERSON = {"kind": "person"}


def test_step_killed_in_the_middle_is_done_once(server):
    book = Book(server, "killed", [HANDLER, HANDLER])
    book.notice(1)  # each step ends its process at its first turn
    run = book.wait("done")
    assert book.effects("did") == 2
    assert book.history(run) == [
        "started",
        "interrupted",
        "done",
        "interrupted",
        "done",
        "finished",
    ]


def test_step_that_always_kills_is_held_and_what_was_done_can_be_undone(server):
    book = Book(server, "poison", [{**HANDLER, "condition": "number == `9`"}, HANDLER])
    book.notice(9)
    run = book.wait("held")
    assert book.effects("did") == 0
    assert book.history(run).count("interrupted") == 1
    book.odoo.call("integration.playbook.run", "action_undo", [run["id"]])
    book.wait("undone")


def test_power_cut_between_two_steps_leaves_the_run_where_it_was(server):
    book = Book(server, "cut", [HANDLER, PERSON, HANDLER])
    book.notice(0)
    run = book.wait("waiting")
    server.kill()
    server.start()
    assert book.effects("did") == 1
    book.odoo.call("integration.playbook.run", "action_continue", [run["id"]])
    server.kill()  # nothing but the database remembers that a person went on
    server.start()
    book.wait("done")
    assert book.effects("did") == 2
