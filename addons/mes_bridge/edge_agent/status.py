"""How the agent is doing: for people, for programs, for Prometheus."""

import html
import time
from dataclasses import dataclass
from typing import Any

from . import VERSION
from .alarms import Alarms
from .clock import Clock
from .delivery import Sender
from .intake_folder import FolderIntake
from .journal import Journal
from .signal_intake import SignalIntake
from .signing import Secrets
from .telemetry import Telemetry

# While one of these is open, nothing is taken in.
STOPPING = {"journal-full", "journal-failed"}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Edge agent {system}</title>
<meta http-equiv="refresh" content="5"><meta name="viewport" content="width=device-width">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 44rem; color: #222 }}
h1 {{ font-size: 1.3rem }} .state {{ padding: .8rem 1rem; border-radius: .5rem; color: #fff }}
.good {{ background: #21794b }} .bad {{ background: #b3261e }}
table {{ border-collapse: collapse; width: 100%; margin-top: 1.5rem }}
td {{ padding: .35rem .2rem; border-bottom: 1px solid #ddd }} td:last-child {{ text-align: right }}
</style><h1>Edge agent <b>{system}</b></h1>{state}<table>{rows}</table></html>"""


@dataclass
class Status:
    """Looks at everything, changes nothing."""

    system: str
    journal: Journal
    telemetry: Telemetry
    senders: list[Sender]
    alarms: Alarms
    clock: Clock
    secrets: Secrets
    signals: SignalIntake
    started_at: float
    files: FolderIntake | None = None

    def is_taking_in(self) -> bool:
        """Tell whether events are accepted at the moment."""
        return not STOPPING & self.alarms.as_dict().keys()

    def as_dict(self) -> dict[str, Any]:
        """Return everything a monitoring program may want."""
        journal, telemetry = self.journal, self.telemetry
        return {
            "version": VERSION,
            "system": self.system,
            "uptime_seconds": round(time.time() - self.started_at),
            "alarms": self.alarms.as_dict(),
            "journal": {
                "epoch": journal.epoch,
                "pending": journal.messages,
                "pending_bytes": journal.bytes,
                "oldest_seconds": self._get_age(),
                "taken_in": journal.appended,
                "delivered": journal.delivered,
                "quarantined": journal.quarantined,
                "refused": journal.refused,
                "commits": journal.commits,
            },
            "telemetry": {
                "pending": telemetry.messages,
                "taken_in": telemetry.appended,
                "delivered": telemetry.delivered,
                "dropped": telemetry.dropped,
                "refused": telemetry.refused,
            },
            "signals": self.signals.get_totals(),
            "signal_accounts": self.signals.get_accounts(),
            "files": self.files.get_counts() if self.files else {},
            "clock": {
                "offset_seconds": self.clock.offset_seconds,
                "steps": self.clock.steps,
            },
            "secrets_rotated": self.secrets.rotations,
            "last_reason": next(
                (one.last_reason for one in self.senders if one.last_reason), ""
            ),
        }

    def _get_age(self) -> float:
        rows = self.journal.query(
            "SELECT taken_at FROM message ORDER BY position LIMIT 1"
        )
        return round(max(0.0, time.time() - rows[0][0]), 1) if rows else 0.0

    def as_metrics(self) -> str:
        """Return the Prometheus text format."""
        known = self.as_dict()
        lines: list[str] = []
        for queue in ("journal", "telemetry", "signals", "files"):
            for name, value in known[queue].items():
                if isinstance(value, (int, float)):
                    _add_metric(lines, f"edge_agent_{queue}_{name}", value)
        _add_metric(
            lines,
            "edge_agent_clock_offset_seconds",
            known["clock"]["offset_seconds"] or 0,
        )
        _add_metric(lines, "edge_agent_clock_steps", known["clock"]["steps"])
        _add_metric(lines, "edge_agent_taking_in", int(self.is_taking_in()))
        lines.append("# TYPE edge_agent_alarm gauge")
        lines += [f'edge_agent_alarm{{kind="{kind}"}} 1' for kind in known["alarms"]]
        return "\n".join(lines) + "\n"

    def as_page(self) -> str:
        """Return a page for the person who stands in front of the line."""
        known = self.as_dict()
        alarms = [alarm["text"] for alarm in known["alarms"].values()]
        state = f'<p class="state bad">{html.escape(" · ".join(alarms))}</p>'
        if not alarms:
            state = '<p class="state good">Everything is on its way.</p>'
        journal, telemetry = known["journal"], known["telemetry"]
        offset = known["clock"]["offset_seconds"]
        rows = {
            "Waiting to be delivered": journal["pending"],
            "The oldest of them, seconds": journal["oldest_seconds"],
            "Delivered since the start": journal["delivered"],
            "Refused by Odoo, for a person to decide": journal["quarantined"],
            "Readings waiting": telemetry["pending"],
            "Readings given up because there were too many": telemetry["dropped"],
            "Clock, seconds off": "not known yet" if offset is None else f"{offset:.1f}",
        }
        return PAGE.format(
            system=html.escape(self.system),
            state=state,
            rows="".join(
                f"<tr><td>{html.escape(name)}</td><td>{value}</td></tr>"
                for name, value in rows.items()
            ),
        )


def _add_metric(lines: list[str], name: str, value: float) -> None:
    lines += [f"# TYPE {name} gauge", f"{name} {value}"]
