"""OPC UA as a way in, against a real server that misbehaves."""

import asyncio
import math
import threading
from datetime import UTC, datetime

import pytest
from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.server.user_managers import User, UserManager, UserRole
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.plant.partner import until
from tests.unit.libs import load_agent
from tools.server import free_port

opcua = load_agent("intake_opcua")
errors = load_agent("errors")
OpcuaConfig = load_agent("config").OpcuaConfig
Alarms = load_agent("alarms").Alarms
GOOD = "ns=2;s=Good"
AWAY = "ns=2;s=Away"
TEXT = "ns=2;s=Text"


class Users(UserManager):
    """Knows one user."""

    def get_user(self, iserver, username=None, password=None, certificate=None):
        known = (username, password) == ("edge", "open sesame")
        return User(role=UserRole.User) if known else None


class Machine(threading.Thread):
    """A real server; ``do`` runs a coroutine function in it."""

    def __init__(self, folder=None):
        super().__init__(daemon=True)
        self.url = f"opc.tcp://127.0.0.1:{free_port()}/press4"
        self.folder, self.ready = folder, threading.Event()

    def run(self):
        asyncio.run(self.serve())

    async def serve(self):
        self.loop, self.finished = asyncio.get_running_loop(), asyncio.Event()
        server = self.server = Server(user_manager=Users() if self.folder else None)
        await server.init()
        server.set_endpoint(self.url)
        if self.folder:
            await self.secure(server)
        await server.register_namespace("urn:press4")
        await self.add(GOOD)
        async with server:
            self.ready.set()
            await self.finished.wait()

    async def secure(self, server):
        for name, use in (
            ("server", ExtendedKeyUsageOID.SERVER_AUTH),
            ("client", ExtendedKeyUsageOID.CLIENT_AUTH),
        ):
            await setup_self_signed_certificate(
                self.folder / f"{name}.pem",
                self.folder / f"{name}.der",
                "urn:freeopcua:client" if name == "client" else server._application_uri,
                "127.0.0.1",
                [use],
                {"commonName": name},
            )
        await server.load_certificate(self.folder / "server.der")
        await server.load_private_key(self.folder / "server.pem")
        server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
        server.set_identity_tokens([ua.UserNameIdentityToken])

    async def add(self, name, value=0.0):
        node = ua.NodeId.from_string(name)
        return await self.server.nodes.objects.add_variable(node, name[-4:], value)

    async def write(self, value, status=ua.StatusCodes.Good):
        reading = ua.DataValue(
            ua.Variant(value), ua.StatusCode(status), SourceTimestamp=datetime.now(UTC)
        )
        node = ua.NodeId.from_string(GOOD)
        await self.server.iserver.write_attribute_value(node, reading)

    async def end_subscriptions(self):
        service = self.server.iserver.subscription_service
        ids = [*service.subscriptions]
        await service.delete_subscriptions(ids)
        return len(ids)

    def do(self, work, *args):
        return asyncio.run_coroutine_threadsafe(work(*args), self.loop).result(10)

    def stop(self):
        self.loop.call_soon_threadsafe(self.finished.set)
        self.join(10)


class Listener:
    """An intake, and what it took."""

    def __init__(self, url, *names, **settings):
        self.alarms, self.samples = Alarms(), []
        nodes = [{"node": n, "work_centre": "Press 4", "signal": n[-4:]} for n in names]
        config = OpcuaConfig(url, 20, nodes=nodes, **settings)
        self.intake = opcua.create(config, self, self.alarms)
        self.intake.start()

    def take_sample(self, work_centre, signal, value, at):
        self.samples.append((signal, value))

    def took(self, *sample):
        return sample in self.samples

    def alarm(self, kind):
        return self.alarms.as_dict().get(kind, {}).get("text", "")


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.setattr(opcua, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(opcua, "RETRY_SECONDS", 0.2)
    machine = Machine()
    machine.start()
    assert machine.ready.wait(20)
    yield machine
    machine.stop()


@pytest.fixture
def listen():
    listeners = []

    def start(*args, **settings):
        listeners.append(Listener(*args, **settings))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.intake.stop()


def test_node_that_is_not_there_is_named_and_asked_for_again(machine, listen):
    listener = listen(machine.url, GOOD, AWAY)
    until(lambda: listener.took("Good", 0.0), 20, "The good one is not heard")
    until(lambda: f"{AWAY}: BadNodeIdUnknown" in listener.alarm("opcua-nodes"), 10, "No alarm")
    assert GOOD not in listener.alarm("opcua-nodes")
    machine.do(machine.add, AWAY)
    until(lambda: listener.took("Away", 0.0), 20, "It is not asked for again")
    until(lambda: not listener.alarms.as_dict(), 10, "The alarm does not end")


def test_bad_quality_and_what_is_no_number_is_handed_over_as_invalid(machine, listen):
    machine.do(machine.add, TEXT, "hot")
    listener = listen(machine.url, GOOD, TEXT)
    until(lambda: listener.took("Good", 0.0), 20, "Nothing is heard")
    machine.do(machine.write, 5.0, ua.StatusCodes.BadSensorFailure)
    machine.do(machine.write, 7.0)
    until(lambda: listener.took("Good", 7.0), 20, "Nothing is heard")
    assert not listener.took("Good", 5.0)
    invalid = [signal for signal, value in listener.samples if math.isnan(value)]
    assert sorted(invalid) == ["Good", "Text"]


def test_subscription_that_the_server_forgot_is_renewed(machine, listen):
    listener = listen(machine.url, GOOD)
    until(lambda: listener.took("Good", 0.0), 20, "Nothing is heard")
    assert machine.do(machine.end_subscriptions) == 1
    until(lambda: listener.alarm("opcua"), 10, "No alarm")
    machine.do(machine.write, 9.0)
    until(lambda: listener.took("Good", 9.0), 20, "It is not renewed")
    until(lambda: not listener.alarms.as_dict(), 10, "The alarm does not end")


def test_encrypted_and_with_a_password(tmp_path, listen, monkeypatch):
    monkeypatch.setattr(opcua, "RETRY_SECONDS", 0.2)
    machine = Machine(tmp_path)
    machine.start()
    assert machine.ready.wait(30)
    (tmp_path / "password").write_text("wrong\n")
    listener = listen(
        machine.url,
        GOOD,
        username="edge",
        password_file=tmp_path / "password",
        security="Basic256Sha256,SignAndEncrypt",
        certificate_file=tmp_path / "client.der",
        private_key_file=tmp_path / "client.pem",
        server_certificate_file=tmp_path / "server.der",
    )
    until(lambda: listener.alarm("opcua"), 20, "A wrong password goes unnoticed")
    assert not listener.samples
    (tmp_path / "password").write_text("open sesame\n")
    until(lambda: listener.took("Good", 0.0), 20, listener.alarm("opcua"))
    machine.stop()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"nodes": [{"node": "garbage", "work_centre": "a", "signal": "b"}]}, "nodes"),
        ({"nodes": [{"colour": "red"}]}, "nodes"),
        ({"security": "None"}, "security"),
        ({"security": "Basic256Sha256,Sign"}, "certificate_file"),
        ({"password_file": "x"}, "username"),
    ],
)
def test_what_cannot_be_meant_is_named(settings, named):
    with pytest.raises(errors.AgentError, match=named):
        opcua.create(OpcuaConfig("opc.tcp://x", **settings), Listener, Alarms())
