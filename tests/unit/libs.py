"""Loading an addon's ``lib/`` without Odoo.

The addon's package itself imports models; its ``lib/`` imports nothing of Odoo and is
loaded as a package of its own, ``<addon>_lib``. The edge agent is one by itself.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[2] / "addons"


def load_lib(addon, module):
    """Return ``addons/<addon>/lib/<module>.py`` as a module."""
    return _load(f"{addon}_lib", ADDONS / addon / "lib", module)


def load_agent(module):
    """Return ``addons/mes_bridge/edge_agent/<module>.py`` as a module."""
    return _load("edge_agent", ADDONS / "mes_bridge/edge_agent", module)


def _load(package, folder, module):
    if package not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            package, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        sys.modules[package] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[package])
    return importlib.import_module(f"{package}.{module}")
