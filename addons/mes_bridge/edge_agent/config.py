"""The configuration file, TOML: see edge-agent.example.toml."""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import AgentError
from .journal_schema import LOG_BYTES
from .records import Limits

RESERVE_MIN_BYTES = 2 * LOG_BYTES


@dataclass(frozen=True)
class ServerConfig:
    """Odoo, and how fast it is sent to."""

    url: str
    system: str
    secret_file: Path
    ca_file: Path | None = None
    allow_http: bool = False
    timeout_seconds: float = 30.0
    senders: int = 2
    batch_messages: int = 500
    batch_bytes: int = 4 * 1024 * 1024
    messages_per_second: float = 0.0
    telemetry_per_second: float = 100.0


@dataclass(frozen=True)
class HttpConfig:
    """The local server. ``token_file`` is made when it is not there."""

    host: str = "127.0.0.1"
    port: int = 8470
    token_file: Path | None = None


@dataclass(frozen=True)
class TelemetryConfig:
    """How many readings are kept."""

    max_messages: int = 100_000


@dataclass(frozen=True)
class MqttConfig:
    """An MQTT broker; ``topics`` as ``intake_mqtt.Topic``."""

    host: str
    port: int = 1883
    client_id: str = "edge-agent"
    username: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    topics: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class OpcuaConfig:
    """An OPC UA server; ``nodes`` as ``intake_opcua.Node``.

    :param security: a policy and a mode, such as ``Basic256Sha256,SignAndEncrypt``.
    """

    url: str
    interval_ms: int = 100
    username: str = ""
    password_file: Path | None = None
    security: str = ""
    certificate_file: Path | None = None
    private_key_file: Path | None = None
    server_certificate_file: Path | None = None
    nodes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class FolderConfig:
    """A folder in which files appear; see ``intake_folder.FolderIntake``."""

    path: Path
    every_seconds: float = 1.0
    settled_looks: int = 2
    patience_seconds: float = 5.0
    watch_seconds: float = 3600.0


@dataclass(frozen=True)
class SignalsConfig:
    """The rules of the filter: fetched from Odoo, or kept in ``rules_file`` by hand.

    :param grace_seconds: of rules that name none; see ``signals.rules.Rule``.
    """

    fetch: bool = True
    grace_seconds: float = 0.0
    rules_file: Path | None = None
    every_seconds: float = 60.0


@dataclass(frozen=True)
class Config:
    """Everything. ``folder`` holds the journal; its disk decides what survives."""

    folder: Path
    server: ServerConfig
    source: str = ""
    journal: Limits = field(default_factory=Limits)
    telemetry: TelemetryConfig = field(default_factory=TelemetryConfig)
    http: HttpConfig = field(default_factory=HttpConfig)
    mqtt: MqttConfig | None = None
    opcua: OpcuaConfig | None = None
    files: FolderConfig | None = None
    signals: SignalsConfig = field(default_factory=SignalsConfig)


SECTIONS: dict[str, type] = {
    "server": ServerConfig,
    "journal": Limits,
    "telemetry": TelemetryConfig,
    "http": HttpConfig,
    "mqtt": MqttConfig,
    "opcua": OpcuaConfig,
    "files": FolderConfig,
    "signals": SignalsConfig,
}


def read_config(file: Path) -> Config:
    """Read a file; relative paths are from its folder.

    :raises AgentError: naming the member that is wrong, and what it should be.
    """
    try:
        values = tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AgentError(f"{file}: {error}") from error
    base = file.resolve().parent
    given = {
        name: _read_section(SECTIONS[name], value, name, base)
        for name, value in values.items()
        if name in SECTIONS
    }
    rest = {name: value for name, value in values.items() if name not in SECTIONS}
    top = _read_members(Config, rest, "", base)
    try:
        config = Config(**top, **given)
    except TypeError as error:
        raise AgentError(f"{file}: {_explain(error)}") from error
    _check(config)
    return config


def _check(config: Config) -> None:
    server = config.server
    for name in ("senders", "batch_messages", "batch_bytes", "timeout_seconds"):
        if getattr(server, name) <= 0:
            raise AgentError(f"server.{name}: has to be more than 0.")
    if config.files and config.files.settled_looks < 1:
        raise AgentError("files.settled_looks: 1 at least.")
    if config.signals.grace_seconds < 0:
        raise AgentError("signals.grace_seconds: has to be 0 or more.")
    if config.journal.reserve_bytes < RESERVE_MIN_BYTES:
        raise AgentError(
            f"journal.reserve_bytes: {RESERVE_MIN_BYTES} at least: on a full disk, what "
            "the log holds has to fit into it."
        )
    if server.batch_messages > 500:
        raise AgentError("server.batch_messages: Odoo takes 500 at a time.")


def _read_section(kind: type, value: Any, name: str, base: Path) -> Any:
    if not isinstance(value, dict):
        raise AgentError(f"[{name}] is a section of its own.")
    try:
        return kind(**_read_members(kind, value, f"{name}.", base))
    except TypeError as error:
        raise AgentError(f"[{name}]: {_explain(error)}") from error


def _read_members(kind: type, values: dict[str, Any], where: str, base: Path) -> Any:
    known = {one.name: one.type for one in dataclasses.fields(kind)}
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise AgentError(f"{where}{name}: there is no such setting.")
        read[name] = _read_value(known[name], value, f"{where}{name}", base)
    return read


def _read_value(kind: Any, value: Any, name: str, base: Path) -> Any:
    kinds = {str: str, bool: bool, int: int, float: (int, float)}
    if kind in kinds:
        if not isinstance(value, kinds[kind]) or (
            isinstance(value, bool) and kind is not bool
        ):
            raise AgentError(f"{name}: has to be of the type {kind.__name__}.")
        return value
    if "Path" in str(kind):
        if not isinstance(value, str) or not value:
            raise AgentError(f"{name}: has to be a path.")
        return base / Path(value).expanduser()
    return value


def _explain(error: TypeError) -> str:
    text = str(error).partition("__init__() ")[2]
    return text.replace("positional arguments", "settings").replace(
        "positional argument", "setting"
    )
