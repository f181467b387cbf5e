"""What tests of bridges need: an active system, and messages without HTTP."""

import itertools
import json
import time
from types import SimpleNamespace

from cryptography.fernet import Fernet

from odoo import Command
from odoo.tests import TransactionCase
from odoo.tools import config

from ..handling import classify, process
from ..intake import prepare_work
from ..lib.strict_json import canonical
from ..lib.uuid7 import uuid7
from ..models import integration_endpoint_queries as endpoint_queries
from ..models import integration_message_queries as queries
from ..models.integration_credential import SETTING
from ..sending import Request


class IntegrationCase(TransactionCase):
    """A system with a service user; messages are handled in the test's transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(_encryption_key())
        cls.system = cls.env["integration.system"].create(
            {
                "name": "Test system",
                "code": "test-system",
                "state": "active",
            }
        )
        cls.counter = itertools.count(1)

    @classmethod
    def grant(cls, *codes, system=None):
        """Add every contract with one of these codes to the system's scopes."""
        contracts = cls.env["integration.contract"].search([("code", "in", codes)])
        missing = set(codes) - set(contracts.mapped("code"))
        assert not missing, f"No contract {missing}"
        (system or cls.system).scope_ids = [Command.link(c.id) for c in contracts]

    @classmethod
    def map(cls, domain_code, external_code, record, system=None, **values):
        """Map a code of the test system. Returns the mapping."""
        domain = cls.env["integration.mapping.domain"].search(
            [("code", "=", domain_code)]
        )
        assert domain, f"No mapping domain {domain_code}"
        return cls.env["integration.mapping"].create(
            {
                "domain_id": domain.id,
                "system_id": (system or cls.system).id,
                "external_code": external_code,
                "res_id": record.id,
                **values,
            }
        )

    @classmethod
    def subscribe(cls, *codes):
        """Let an endpoint of the test system receive these events."""
        contracts = cls.env["integration.contract"].search(
            [("code", "in", codes), ("direction", "=", "out")]
        )
        cls.system.scope_ids = [Command.link(contract.id) for contract in contracts]
        endpoint = cls.env["integration.endpoint"].create(
            {
                "name": "Sink",
                "system_id": cls.system.id,
                "url": "https://sink.example.com",
            }
        )
        cls.env["integration.subscription"].create(
            [{"contract_code": code, "endpoint_id": endpoint.id} for code in codes]
        )

    def published(self, code, record=None):
        """Return the events of a contract, oldest first; each satisfies it."""
        domain = [("contract_code", "=", code), ("direction", "=", "out")]
        if record is not None:
            domain += [("res_model", "=", record._name), ("res_id", "=", record.id)]
        messages = self.env["integration.message"].search(domain, order="id")
        for message in messages:
            faults = message.contract_id._find_payload_faults(message.payload)
            self.assertFalse(faults)
        return messages

    def read_sent(self, delivery):
        """Return the event that is sent for an outbound delivery."""
        self.env.flush_all()
        (row,) = endpoint_queries.read_outgoing(self.env.cr, delivery.ids)
        target = self.env["integration.endpoint"]._get_target(row.endpoint_id)
        return json.loads(Request(target, row).build_body())

    def receive(self, code, payload, *, system=None, process_now=True, **envelope):
        """Admit a message and handle it, all in the test's transaction.

        :param envelope: event_id, order_key, sequence, epoch, occurred_at, source …
        :returns: the message; its delivery holds state, result and exception.
        """
        message = self._admit(code, payload, system or self.system, envelope)
        if process_now:
            self.work_off(message.delivery_ids)
        return message

    def _admit(self, code, payload, system, envelope):
        Contracts = self.env["integration.contract"]
        contract = Contracts.browse(Contracts._find_id(code, "in"))
        self.assertTrue(contract, f"No inbound contract {code}")
        faults = contract._find_payload_faults(payload)
        self.assertFalse(faults, "The payload breaks its contract")
        number = next(self.counter)
        uuid = uuid7(time.time(), number.to_bytes(10, "big"))
        flow = self.env["integration.policy"]._get_flow(system.id, contract.id)
        event_id = envelope.get("event_id") or f"event-{number}"
        now = queries.now()
        vals = {
            "uuid": uuid,
            "direction": "in",
            "admission": "accepted",
            "system_id": system.id,
            "company_id": system.company_id.id,
            "contract_id": contract.id,
            "contract_code": code,
            "version": contract.version,
            "source": "/tests",
            "idempotency_key": f"/tests\n{event_id}",
            "received_at": now,
            "occurred_at": now,
            "payload": payload,
            "sha256": queries.digest(canonical(payload)),
            **envelope,
            "event_id": event_id,
        }
        place = {name: vals.get(name) for name in ("order_key", "epoch", "sequence")}
        work = prepare_work(flow, system.id, SimpleNamespace(**place))
        self.env.flush_all()
        queries.admit(self.env.cr, [(vals, work)])
        return self.env["integration.message"].search([("uuid", "=", uuid)])

    def work_off(self, deliveries):
        """Do what a lane's worker does, with a savepoint in place of a transaction."""
        for delivery in deliveries.sorted("id"):
            delivery.write(
                {
                    "state": "running",
                    "attempt_count": delivery.attempt_count + 1,
                    "started_at": queries.now(),
                }
            )
            try:
                with self.env.cr.savepoint():
                    outcome = process(delivery, delivery._get_work())
                    self.env.flush_all()
                    if outcome:
                        delivery._record_outcome(outcome, now=queries.now())
            except Exception as error:  # noqa: BLE001 - as the worker
                delivery.invalidate_recordset()
                delivery._record_outcome(classify(error), now=queries.now())
            self.env.invalidate_all()


def _encryption_key():
    from unittest.mock import patch  # noqa: PLC0415 - for tests only

    return patch.dict(config.options, {SETTING: Fernet.generate_key().decode()})
