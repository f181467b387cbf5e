"""Loading an addon's ``lib/`` without Odoo.

The addon's package itself imports models; its ``lib/`` imports nothing of Odoo and is
loaded as a package of its own, ``<addon>_lib``.
"""

import importlib
import importlib.machinery
import sys
import types
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[2] / "addons"


def load_lib(addon, module):
    """Return ``addons/<addon>/lib/<module>.py`` as a module."""
    package = f"{addon}_lib"
    if package not in sys.modules:
        folder = ADDONS / addon / "lib"
        loaded = types.ModuleType(package)
        loaded.__path__ = [str(folder)]
        loaded.__spec__ = importlib.machinery.ModuleSpec(package, None, is_package=True)
        sys.modules[package] = loaded
    return importlib.import_module(f"{package}.{module}")
