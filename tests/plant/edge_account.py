"""What the edge agent is held to: nothing lost, nothing doubled, order per key kept."""

import os
import threading

SECRET = "whsec_" + "QUJD" * 11
# ``EDGE_EVENTS=2000`` makes it long.
EVENTS = int(os.environ.get("EDGE_EVENTS", "120"))
KEYS = 6


def produce(edge, count, keys=KEYS):
    """Send events of several orders until each is accepted. Returns them."""
    events = [edge.event(f"MES/{n % keys}") for n in range(count)]
    for event in events:
        edge.insist(event)
    return events


def assert_account(side, events):
    """Nothing lost, nothing doubled, order per key kept, numbered without gaps."""
    assert sorted(side.ids()) == sorted(event["id"] for event in events)
    sent = {}
    for event in events:
        sent.setdefault(event["subject"], []).append(event["id"])
    for key, taken in side.by_key().items():
        assert [one.event["id"] for one in taken] == sent[key]
        places = [one.place for one in taken]
        assert places == sorted(places)
        assert [sequence for _epoch, sequence in places] == list(
            range(1, len(places) + 1)
        )


class Supervisor(threading.Thread):
    """Starts the agent again whenever it died, as systemd does."""

    def __init__(self, edge):
        super().__init__(daemon=True)
        self.edge, self.deaths = edge, 0
        self.finished = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_arguments):
        self.finished.set()
        self.join()

    def run(self):
        while not self.finished.wait(0.05):
            if self.edge.process.poll() is not None:
                self.deaths += 1
                self.edge.launch()
