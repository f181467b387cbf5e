"""The image has what the addons need, and the first command installs them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Debian packages that Odoo's own package, and so its image, depends on.
SHIPPED = {"cryptography", "lxml", "requests"}
MANIFESTS = {
    path.parent.name: ast.literal_eval(path.read_text())
    for path in sorted((ROOT / "addons").glob("*/__manifest__.py"))
}
NEEDED = {
    name
    for manifest in MANIFESTS.values()
    for name in manifest.get("external_dependencies", {}).get("python", ())
}


def read_image():
    text = (ROOT / "docker/Dockerfile").read_text().replace("\\\n", " ")
    (line,) = re.findall(r"^RUN pip install (.*)$", text, re.MULTILINE)
    return {word for word in line.split() if not word.startswith("-")}


def read_requirements():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return {line.partition("==")[0] for line in lines if line and line[0] != "#"}


def test_image_has_what_the_manifests_name():
    assert not NEEDED - read_image() - SHIPPED


def test_requirements_have_what_the_manifests_and_the_image_name():
    assert not (NEEDED | read_image()) - read_requirements()


def close(names):
    """Return addons with all they depend on, and what installs itself beside them."""
    found, before = set(), None
    waiting = set(names)
    while before != found:
        before = set(found)
        found |= waiting & MANIFESTS.keys()
        waiting |= {d for name in found for d in MANIFESTS[name]["depends"]}
        for name, manifest in MANIFESTS.items():
            how = manifest.get("auto_install")
            depends = manifest["depends"] if how is True else how or ()
            if how and all(d in found or d not in MANIFESTS for d in depends):
                waiting.add(name)
    return found


@pytest.mark.parametrize("file", ["docker/README.md"])
def test_first_command_installs_every_addon_that_governs_and_watches(file):
    (names,) = re.findall(r" -i ([a-z_,]+)", (ROOT / file).read_text())
    installed = close(names.split(","))
    wanted = {n for n in MANIFESTS if n.startswith("integration_")}
    assert not wanted - installed - {"integration_core_queue_job"}
