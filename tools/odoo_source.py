"""Fetch Odoo 19 from the Debian archive into ``.runtime/odoo``.

Nothing is installed on the machine: apt verifies the archive's signature and each
package's hash, and ``dpkg -x`` unpacks into a folder of the project. The archive's
address is asked of the machine's own apt sources at run time.
"""

import os
import shutil
import subprocess
import textwrap
from pathlib import Path

from tools.console import Problem, progress
from tools.paths import Paths

UNSTABLE = "sid"
STABLE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# Font Awesome stays with the stable suite: unstable's version 7 no longer has the
# files that Odoo's web client links to.
PACKAGES = {
    UNSTABLE: (
        "odoo-19",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
        "fonts-roboto-unhinted",
        "fonts-inconsolata",
        "fonts-montserrat",
        "fonts-ocr-b",
        "gsfonts",
        "fonts-glyphicons-halflings",
    ),
    STABLE: ("fonts-font-awesome",),
}

# Files that an asset bundle names and the package leaves out as non-free.
EMPTY_FILES = ("mail/static/lib/selfie_segmentation/selfie_segmentation.js",)


def find_odoo(paths: Paths) -> Path:
    """Return the folder that holds the ``odoo`` package, fetching it if needed.

    ``ODOO_SOURCE`` may point to a checkout, to an image's ``dist-packages``, or to
    the ``odoo`` package itself.

    :raises Problem: when ``ODOO_SOURCE`` holds no Odoo 19, or apt is missing.
    """
    given = os.environ.get("ODOO_SOURCE")
    if given:
        return _check_source(Path(given).expanduser().resolve())
    installed = paths.odoo_root / "usr/lib/python3/dist-packages"
    if not (paths.odoo_root / ".complete").exists():
        _fetch(paths)
    return _check_source(installed)


def _check_source(folder: Path) -> Path:
    for candidate in (folder, folder.parent, folder / "usr/lib/python3/dist-packages"):
        release = candidate / "odoo" / "release.py"
        if release.exists():
            if "version_info = (19, 0" not in release.read_text():
                raise Problem(f"{candidate} holds an Odoo that is not 19.0.")
            return candidate
    raise Problem(
        f"There is no Odoo in {folder}. ODOO_SOURCE must name the folder that holds "
        "the Python package 'odoo' (a checkout of branch 19.0, or dist-packages)."
    )


def _fetch(paths: Paths) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Problem(
            "Odoo 19 is fetched with apt-get and dpkg, which this machine lacks. "
            "Point ODOO_SOURCE to an Odoo 19 that you already have."
        )
    archive = _archive_address()
    downloads = paths.cache / "deb"
    for suite, packages in PACKAGES.items():
        folder = downloads / suite
        with progress(f"Fetching {len(packages)} package(s) from Debian {suite}"):
            _download(folder, archive, suite, packages)
    root = paths.odoo_root
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    with progress("Unpacking Odoo 19"):
        for package in sorted(downloads.glob("*/*.deb")):
            subprocess.run(["dpkg", "-x", package, root], check=True)
    _complete_static_files(root)
    (root / ".complete").touch()


def _archive_address() -> str:
    """Return the address of the machine's Debian archive, as apt knows it."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in listing.splitlines():
        codename, _, address = line.partition(" ")
        if codename == STABLE and address:
            return address
    raise Problem(
        f"apt has no source for Debian {STABLE}. Add one and run 'apt-get update', "
        "or point ODOO_SOURCE to an Odoo 19 that you already have."
    )


def _download(
    folder: Path, archive: str, suite: str, packages: tuple[str, ...]
) -> None:
    state = folder / "apt"
    for name in ("lists/partial", "archives/partial", "etc/preferences.d"):
        (state / name).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    sources = state / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {archive} {suite} main\n")
    config = state / "apt.conf"
    config.write_text(
        textwrap.dedent(f"""\
        Dir::State "{state}";
        Dir::State::lists "{state}/lists";
        Dir::State::status "{state}/status";
        Dir::Cache "{state}";
        Dir::Etc::sourcelist "{sources}";
        Dir::Etc::sourceparts "/dev/null";
        Dir::Etc::preferencesparts "{state}/etc/preferences.d";
        Dir::Etc::preferences "/dev/null";
        APT::Sandbox::User "root";
        APT::Get::List-Cleanup "false";
        Acquire::Languages "none";
        Acquire::Retries "3";
        Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
        """)
    )
    environment = dict(os.environ, APT_CONFIG=str(config))
    for command in (["update"], ["download", *packages]):
        result = subprocess.run(
            ["apt-get", "-q", *command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise Problem(
                f"apt-get {command[0]} failed for Debian {suite}:\n"
                + (result.stderr or result.stdout).strip()
            )


def _complete_static_files(root: Path) -> None:
    addons = root / "usr/lib/python3/dist-packages/odoo/addons"
    for name in EMPTY_FILES:
        target = addons / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink() or not target.exists():
            target.unlink(missing_ok=True)
            target.touch()
