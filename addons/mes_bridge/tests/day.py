"""A plant's day, generated: what a shop floor reports about two orders."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MORNING = datetime(2026, 3, 24, 6)


@dataclass
class Day:
    """Reports of a day, each ``(contract, payload, envelope)``."""

    order: str
    reports: list = field(default_factory=list)
    moment: datetime = MORNING
    consumed: dict = field(default_factory=dict)
    good: float = 0.0

    def say(self, verb, minutes=7, **payload):
        """Add a report, some minutes after the one before. Returns its id."""
        self.moment += timedelta(minutes=minutes)
        number = len(self.reports) + 1
        event_id = f"{self.order}-{self.moment:%d%H%M}-{number}"
        envelope = {
            "event_id": event_id,
            "occurred_at": self.moment,
            "sequence": number,
            "order_key": self.order,
        }
        self.reports.append(
            (f"production.{verb}", {"order": self.order, **payload}, envelope)
        )
        return event_id

    def consume(self, item, quantity, lot=None, **payload):
        key = (item, lot)
        self.consumed[key] = self.consumed.get(key, 0) + quantity
        named = {"lot": lot} if lot else {}
        return self.say(
            "consumed", item=item, quantity=quantity, unit="EA", **named, **payload
        )

    def report(self, quantity, **payload):
        self.good += quantity
        return self.say("reported", quantity=quantity, unit="EA", **payload)

    def complete(self, **payload):
        return self.say(
            "order.completed",
            good_quantity=self.good,
            unit="EA",
            reports=len(self.reports) + 1,
            consumed=[
                {"item": item, "quantity": quantity, "unit": "EA"}
                | ({"lot": lot} if lot else {})
                for (item, lot), quantity in self.consumed.items()
            ],
            **payload,
        )


def moulded_day(order, random):
    """The first part: pauses, partials, lots, scrap, rework, a report taken back."""
    day = Day(order)
    first, second = f"{order}-L1", f"{order}-L2"
    day.say("operation.started", operation="Moulding")
    for _ in range(random.randint(1, 3)):
        day.consume("M-RAW", random.randint(2, 5), lot="A", output_lot=first)
        day.report(random.randint(1, 2), lot=first)
    day.say("operation.paused", operation="Moulding")
    day.say("operation.resumed", minutes=random.randint(5, 40), operation="Moulding")
    wrong = day.say("consumed", item="M-RAW", lot="B", quantity=9, unit="EA")
    day.say("reversed", corrects=wrong)
    day.consume("M-RAW", random.randint(2, 6), lot="B", output_lot=second)
    day.consume("M-SCREW", 0)
    total = random.randint(2, 5)
    # This machine counts; it does not say what came new.
    for count in (1, total):
        day.say("consumed", item="M-SCREW", cumulative=count, unit="EA")
    day.consumed["M-SCREW", None] = total
    day.report(2, lot=second)
    day.say("scrapped", lot=second, quantity=1, unit="EA", reason_code="BURR")
    day.say("reworked", lot=second, quantity=1, unit="EA")
    day.report(1, lot=second)
    twice = day.say("reported", lot=first, quantity=3, unit="EA")
    day.say("reversed", corrects=twice)
    day.say("reported", item="M-RUNNER", quantity=4, unit="EA")
    day.say("operation.ended", operation="Moulding")
    day.say("operation.started", operation="Packing")
    start = day.moment
    day.say(
        "labour",
        minutes=30,
        operation="Packing",
        worker="4711",
        **{
            "from": f"{start.isoformat()}Z",
            "to": f"{(start + timedelta(minutes=25)).isoformat()}Z",
        },
    )
    day.complete(backorder=True)
    return day


def rest_of_day(order, random, first):
    """The backorder of a first part: one lot, a machine that counts on."""
    day = Day(order, moment=first.moment + timedelta(minutes=30))
    counted = first.consumed["M-SCREW", None]
    day.consume("M-RAW", random.randint(3, 8), lot="A")
    # The machine counts on.
    screws = counted + 2
    day.say("consumed", item="M-SCREW", cumulative=screws, unit="EA")
    day.consumed["M-SCREW", None] = 2
    day.report(2, lot=f"{order}-L3")
    day.say("operation.started", operation="Moulding")
    day.complete(part=2)
    return day


def serial_day(order, random):
    """Serial numbers, some of them in one report."""
    day = Day(order)
    day.say("operation.started")
    day.consume("M-RAW", random.randint(2, 6), lot="B")
    day.report(2, serials=[f"{order}-S1", f"{order}-S2"])
    day.report(1, lot=f"{order}-S3")
    day.say("scrapped", lot=f"{order}-S4", quantity=1, unit="EA")
    day.complete()
    return day
