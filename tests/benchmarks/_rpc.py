"""The records a benchmark needs, set up as an administrator's script would."""

from tests.plant.rpc import Odoo
from tools.server import Server

HOOKED = "integration.benchmark.hooked"
HOOK_CODE = f"env['{HOOKED}'].create({{'name': payload['id'], 'payload': payload}})"


def sign_in(server: Server) -> Odoo:
    """Return the administrator's session."""
    return Odoo(server.url, server.database, server.admin_login, server.admin_password)


def create_system(odoo: Odoo, code: str, *contracts: str) -> str:
    """Create an active system that is never throttled. Returns its signing secret."""
    scopes = odoo.search("integration.contract", ("code", "in", list(contracts)))
    system = odoo.create(
        "integration.system",
        name=f"Benchmark {code}",
        code=code,
        kind="mes",
        state="active",
        scope_ids=[(6, 0, scopes)],
        rate_limit_per_minute=10_000_000,
        rate_burst=100_000,
    )
    issued = odoo.call("integration.system", "issue_credential", system, "hmac")
    return issued["secret"]


def create_webhook(odoo: Odoo) -> str:
    """Create a rule of Odoo's own that makes a record of each call. Returns its path."""
    (model,) = odoo.search("ir.model", ("model", "=", HOOKED))
    # A rule runs on a record; without one it refuses the call.
    anchor = odoo.create(HOOKED, name="anchor")
    rule = odoo.create(
        "base.automation",
        name="Benchmark webhook",
        model_id=model,
        trigger="on_webhook",
        record_getter=f"model.browse({anchor})",
        action_server_ids=[
            (
                0,
                0,
                {
                    "name": "Create a record from the payload",
                    "model_id": model,
                    "state": "code",
                    "code": HOOK_CODE,
                    "usage": "base_automation",
                },
            )
        ],
    )
    uuid = odoo.get("base.automation", rule, "webhook_uuid")["webhook_uuid"]
    return f"/web/hook/{uuid}"


def allow_loopback(odoo: Odoo) -> None:
    """Let endpoints be on this machine, as an administrator would for a plant."""
    found = odoo.search("integration.allowed.network", ("network", "=", "127.0.0.0/8"))
    if not found:
        odoo.create(
            "integration.allowed.network",
            name="This machine",
            network="127.0.0.0/8",
            environment="test",
        )


def create_endpoint(odoo: Odoo, system_code: str, url: str, contract: str) -> int:
    """Create an endpoint that receives a contract, signed. Returns its id."""
    allow_loopback(odoo)
    (system,) = odoo.search("integration.system", ("code", "=", system_code))
    endpoint = odoo.create(
        "integration.endpoint", name=url, system_id=system, url=url
    )
    odoo.create(
        "integration.subscription", contract_code=contract, endpoint_id=endpoint
    )
    return endpoint
