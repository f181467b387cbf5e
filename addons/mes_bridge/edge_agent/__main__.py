"""``python3 -m edge_agent --config edge-agent.toml``"""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from . import VERSION
from .agent import Agent
from .config import Config, read_config
from .errors import AgentError
from .folder import lock_folder
from .journal import Journal
from .salvage import salvage
from .simulate import Plant

_logger = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run the agent until it is told to stop. Returns an exit code."""
    options = _read_arguments(arguments)
    logging.basicConfig(
        level=options.log_level.upper(),
        format="%(asctime)s %(levelname)s %(threadName)s %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    try:
        config = read_config(options.config)
        if options.check:
            _logger.info("The configuration can be used.")
            return 0
        _mend(config, options)
        return _serve(config, options)
    except AgentError as error:
        _logger.error("%s", error)
        return 2


def _mend(config: Config, options: argparse.Namespace) -> None:
    """Do what a person asked for before the agent starts."""
    config.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock_folder(config.folder):
        if options.salvage:
            _logger.warning("%s", salvage(config.folder, config.journal))
        if options.new_epoch:
            journal = Journal(config.folder, config.journal)
            journal.raise_epoch(recount=True)
            _logger.warning("Counting begins anew in epoch %s", journal.epoch)
            journal.close()


def _serve(config: Config, options: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_arguments: stop.set())
    agent = Agent(config)
    agent.start()
    if options.simulate:
        Plant(agent, options.simulate, options.orders).start(stop)
    stop.wait()
    _logger.info("Stopping")
    agent.stop()
    return 0


def _read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="edge_agent",
        description="Keeps a plant's messages on disk until Odoo has them.",
    )
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning"])
    parser.add_argument(
        "--check", action="store_true", help="only check the configuration"
    )
    parser.add_argument(
        "--simulate",
        type=float,
        metavar="SPEED",
        help="play a plant: two presses, their signals and their orders; 1: real time",
    )
    parser.add_argument(
        "--orders",
        type=lambda text: text.split(","),
        default=[],
        help="references of released orders that the simulated plant works on",
    )
    parser.add_argument(
        "--salvage",
        action="store_true",
        help="keep a damaged journal aside and carry over what can be read",
    )
    parser.add_argument(
        "--new-epoch",
        action="store_true",
        help="count anew; after a journal was restored from a backup",
    )
    parser.add_argument("--version", action="version", version=VERSION)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
