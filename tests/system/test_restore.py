"""A backup is worth what a restore from it has shown: the scripts of ``docker/``."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.plant.partner import Partner, until
from tests.system.conftest import sign_in
from tests.system.test_operations import verify
from tools import database
from tools.paths import PROJECT
from tools.server import serve

SOURCE, RESTORED = "system_backed_up", "system_restored"
MESSAGES = 20


def run_script(environment, name, *arguments, **variables):
    """Run a script of ``docker/`` against the private PostgreSQL."""
    path = f"{environment.postgres.binaries}:{os.environ['PATH']}"
    return subprocess.run(
        [str(PROJECT / "docker" / name), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**environment.postgres.environment(), "PATH": path, **variables},
    )


@pytest.fixture(scope="module")
def backup(environment, run_server, tmp_path_factory):
    """A backup of a log that is sealed and anchored: ``(folder, uuids, anchor)``."""
    folder = tmp_path_factory.mktemp("backup")
    anchor = folder / "anchor"
    options = {"integration_anchor_folder": str(anchor)}
    with run_server(SOURCE, options=options) as server:
        odoo = sign_in(server)
        contract = odoo.search("integration.contract", ("code", "=", "connection.tested"))
        system = odoo.create(
            "integration.system",
            name="Backed up",
            code="backed-up",
            state="active",
            scope_ids=[(6, 0, contract)],
        )
        secret = odoo.call("integration.system", "issue_credential", system)["secret"]
        partner = Partner(server.url, "backed-up", token=secret)
        uuids = [
            partner.send("connection.tested", {"text": str(number)})
            for number in range(MESSAGES)
        ]
        number = environment.postgres.query(
            SOURCE, "SELECT oid FROM pg_database WHERE datname = current_database()"
        )[0][0]
        mine = anchor / f"{SOURCE}-{number}"
        file = mine / "integration.message.jsonl"
        until(
            lambda: is_sealed(environment, uuids[-1]) and file.exists(),
            120,
            "The messages are not sealed",
        )
        time.sleep(3)  # the anchor follows the seal
        finished = run_script(
            environment,
            "backup.sh",
            folder / "kept",
            DATABASE=SOURCE,
            ANCHOR=str(mine),
            FILESTORE=str(database.filestore(environment.paths, SOURCE)),
        )
        assert finished.returncode == 0, finished.stderr
        yield Path(finished.stdout.strip()), uuids, folder / "restored-anchor"


def is_sealed(environment, uuid):
    ((count,),) = environment.postgres.query(
        SOURCE,
        "SELECT count(*) FROM integration_seal seal JOIN integration_message message"
        " ON message.id BETWEEN seal.first_id AND seal.last_id"
        f" WHERE seal.ledger = 'integration.message' AND message.uuid = '{uuid}'",
    )
    return int(count)


@pytest.fixture(scope="module")
def restored(environment, backup):
    folder, _uuids, anchor = backup
    database.drop(environment.paths, environment.postgres, RESTORED)
    finished = run_script(
        environment,
        "restore.sh",
        folder,
        RESTORED,
        ANCHOR=str(anchor),
        FILESTORE=str(database.filestore(environment.paths, RESTORED)),
    )
    assert finished.returncode == 0, finished.stderr
    yield finished.stdout
    database.drop(environment.paths, environment.postgres, RESTORED)


def test_everything_is_back_and_fits_its_seals_and_anchor(
    environment, backup, restored
):
    _folder, uuids, anchor = backup
    assert "deliveries without a message: 0" in restored
    options = {"integration_anchor_folder": str(anchor)}
    with serve(environment.paths, RESTORED, cron_workers=1, options=options) as server:
        odoo = sign_in(server)
        assert odoo.count("integration.message", ("uuid", "in", uuids)) == MESSAGES
        assert verify(odoo).strip() == ""
        environment.postgres.query(
            RESTORED,
            "SET session_replication_role = replica;"
            f" DELETE FROM integration_message WHERE uuid = '{uuids[3]}'",
        )
        assert uuids[3] in verify(odoo)


def test_a_database_that_is_there_is_not_written_over(environment, backup, restored):
    finished = run_script(environment, "restore.sh", backup[0], RESTORED)
    assert finished.returncode != 0
    assert "already exists" in finished.stderr


def test_a_damaged_backup_is_not_restored(environment, backup):
    file = backup[0] / "database.dump"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    finished = run_script(environment, "restore.sh", backup[0], "system_damaged")
    assert finished.returncode != 0
    assert "FAILED" in finished.stdout + finished.stderr
    assert not database.exists(environment.postgres, "system_damaged")
