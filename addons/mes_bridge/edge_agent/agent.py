"""The agent: its parts, started in the order in which nothing can be lost."""

import logging
import threading
import time
from typing import Any

from .alarms import Alarms
from .clock import Clock
from .config import Config
from .delivery import Batching, Sender
from .errors import AgentError
from .folder import lock_folder, read_token
from .housekeeping import forget
from .intake import Intake
from .intake_folder import FolderIntake
from .intake_http import LocalServer
from .journal import Journal
from .pace import Pace
from .quarantine import count_problems
from .signal_intake import SignalIntake, take_rules
from .signing import Secrets
from .status import Status
from .telemetry import Telemetry
from .transport import Transport

TICK_SECONDS = 1.0
# Also while nothing happens the server's clock is looked at now and then.
CONTACT_EVERY_SECONDS = 300.0
FORGET_EVERY_SECONDS = 3600.0
RULES_FILE = "signal-rules.json"
TOKEN_FILE = "token"
STOP_SECONDS = 10.0

_logger = logging.getLogger(__name__)


class Agent:
    """Everything that runs. ``start`` returns; ``stop`` waits.

    :raises AgentError: with a sentence that says what to do.
    """

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        self.config = config
        self.clock = clock or Clock()
        self.alarms = Alarms()
        self.stopping = threading.Event()
        config.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = lock_folder(config.folder)
        self.secrets = Secrets(config.server.secret_file)
        self.journal = Journal(config.folder, config.journal, self.clock.wall)
        self.telemetry = Telemetry(config.folder, config.telemetry.max_messages)
        source = config.source or f"/{config.server.system}"
        self.intake = Intake(
            self.journal, self.telemetry, self.clock, self.alarms, source
        )
        rules_file = config.signals.rules_file or config.folder / RULES_FILE
        self.signals = SignalIntake(
            self.intake, rules_file, config.signals.grace_seconds
        )
        self.senders = self._create_senders()
        self.status = Status(
            config.server.system,
            self.journal,
            self.telemetry,
            self.senders,
            self.alarms,
            self.clock,
            self.secrets,
            self.signals,
            time.time(),
        )
        self.server = self._create_server()
        self._contact = self._create_transport()
        self._intakes: list[Any] = []
        self._threads: list[threading.Thread] = []
        self._due: dict[str, float] = {}
        self._steps = self._quarantined = 0
        self._offset: float | None = None

    def start(self) -> None:
        """Deliver what is there, then take in."""
        for number, sender in enumerate(self.senders):
            sender.stopping = self.stopping
            self._run(f"{sender.queue.name}-{number}", sender.run)
        self._run("watch", self._watch)
        self._run("http", self.server.serve_forever)
        self._intakes = self._create_intakes()
        for intake in self._intakes:
            intake.start()
        _logger.info(
            "Taking in at http://%s:%d, %d messages wait, epoch %s",
            *self.server.server_address[:2],
            self.journal.messages,
            self.journal.epoch,
        )

    def stop(self) -> None:
        """Take nothing in any more, finish what is being sent, close the files."""
        for intake in self._intakes:
            intake.stop()
        self.server.shutdown()
        self.server.server_close()
        self.signals.pump(is_last=True)
        self.stopping.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self.journal.close()
        self.telemetry.close()
        self._lock.close()

    def _run(self, name: str, target: Any) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _create_transport(self) -> Transport:
        server = self.config.server
        return Transport(
            server.url,
            server.system,
            self.secrets,
            self.clock,
            timeout_seconds=server.timeout_seconds,
            ca_file=server.ca_file,
            allow_http=server.allow_http,
        )

    def _create_senders(self) -> list[Sender]:
        server = self.config.server
        pace = Pace(server.messages_per_second)
        common = (self.alarms, pace, self.clock.monotonic)
        senders = [
            Sender(
                self.journal,
                self._create_transport(),
                *common,
                Batching(
                    server.batch_messages, server.batch_bytes, (part, server.senders)
                ),
            )
            for part in range(server.senders)
        ]
        readings = Sender(
            self.telemetry,
            self._create_transport(),
            self.alarms,
            Pace(server.telemetry_per_second),
            self.clock.monotonic,
            Batching(server.batch_messages, server.batch_bytes),
        )
        return [*senders, readings]

    def _create_server(self) -> LocalServer:
        http = self.config.http
        token = read_token(
            http.token_file or self.config.folder / TOKEN_FILE,
            self.alarms,
            is_given=http.token_file is not None,
        )
        try:
            return LocalServer(
                (http.host, http.port),
                self.intake,
                self.status,
                token,
                self.signals.take,
            )
        except OSError as error:
            raise AgentError(f"http: {http.host}:{http.port}: {error}") from error

    def _create_intakes(self) -> list[Any]:
        """Return the further ways in; their libraries are needed only where used."""
        config = self.config
        intakes: list[Any] = []
        if config.mqtt:
            from .intake_mqtt import create  # noqa: PLC0415

            intakes.append(create(config.mqtt, self.intake, self.alarms, self.signals))
        if config.opcua:
            from .intake_opcua import create as create_opcua  # noqa: PLC0415

            intakes.append(create_opcua(config.opcua, self.signals, self.alarms))
        if config.files:
            files = config.files
            folder = self.status.files = FolderIntake(
                files.path,
                self.intake,
                files.settled_looks,
                files.patience_seconds,
                files.watch_seconds,
            )
            self._run("files", lambda: self._scan(folder, files.every_seconds))
        return intakes

    def _scan(self, folder: FolderIntake, every_seconds: float) -> None:
        while not self.stopping.wait(every_seconds):
            try:
                folder.scan()
                self.alarms.clear("files")
            except Exception as error:
                # Whatever it is, the next look may be luckier: the files are there.
                self.alarms.set("files", f"{folder.folder}: {error}")

    def _watch(self) -> None:
        """Look at the clock, the filter and the rules now and then."""
        while not self.stopping.wait(TICK_SECONDS):
            try:
                self._tick()
            except Exception:
                # The clock and the filter go on, whatever else fails.
                _logger.exception("Watching failed")

    def _tick(self) -> None:
        self.clock.find_step()
        if self.clock.steps != self._steps:
            self._steps = self.clock.steps
            _logger.warning(
                "The clock of this machine jumped by %+.1f s",
                self.clock.last_step_seconds,
            )
            self._record_offset("step")
        self.signals.pump()
        self._tell_quarantine()
        if self._is_due("contact", CONTACT_EVERY_SECONDS):
            self._contact.get("/messages/none")
        # Whichever thread's answer told it.
        if self.clock.offset_seconds != self._offset:
            self._record_offset("server")
        if self.config.signals.fetch and self._is_due(
            "rules", self.config.signals.every_seconds
        ):
            self._fetch_rules()
        if self._is_due("forget", FORGET_EVERY_SECONDS):
            forget(self.journal)

    def _tell_quarantine(self) -> None:
        """Raise or end the alarm that somebody has to decide."""
        count = self.journal.quarantined
        if count == self._quarantined:
            return
        self._quarantined = count
        if not count:
            self.alarms.clear("quarantine")
            return
        kinds = ", ".join(f"{n} {kind}" for kind, n in count_problems(self.journal).items())
        text = f"{count} messages wait for a decision, see GET /quarantine: {kinds}"
        self.alarms.set("quarantine", text)

    def _is_due(self, what: str, every_seconds: float) -> bool:
        now = self.clock.monotonic()
        if now < self._due.get(what, 0):
            return False
        self._due[what] = now + every_seconds
        return True

    def _record_offset(self, cause: str) -> None:
        self._offset = self.clock.offset_seconds
        with self.journal.transaction() as cursor:
            cursor.execute(
                "INSERT INTO clock_offset VALUES (?, ?, ?)",
                (self.clock.wall(), self.clock.offset_seconds or 0, cause),
            )

    def _fetch_rules(self) -> None:
        answer = self._contact.get("/signal-rules")
        if answer.status == 200 and isinstance(answer.body, dict):
            take_rules(self.signals, answer.body.get("rules", []))
