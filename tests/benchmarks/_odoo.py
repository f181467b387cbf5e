"""Odoo in the benchmark's own process, to measure its memory and nothing else's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from tools.config import write_config
from tools.paths import Paths


@contextmanager
def open_environment(
    paths: Paths, name: str, extra_addons: tuple[Path, ...] = ()
) -> Iterator[Any]:
    """Return the administrator's environment of a database."""
    file = write_config(paths, name, extra_addons=extra_addons)
    config.parse_config(["-c", str(file), "--log-level", "critical"], setup_logging=True)
    with Registry(name).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
