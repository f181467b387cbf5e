import json
import os
import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, json_default

from ..lib.handling import Handling
from ..lib.strict_json import canonical
from ..lib.uuid7 import uuid7
from ..log_fields import BigInteger, LogReference
from . import integration_message_queries as queries

MAX_ORDER_KEY = 255
NAMES_SHOWN = 20


class IntegrationMessage(models.Model):
    """One envelope with its payload, in or out, as it was accepted. Never edited."""

    _name = "integration.message"
    _inherit = [
        "append.only.mixin",
        "integration.sealed.mixin",
        "integration.redacted.mixin",
    ]
    _description = "Message"
    _order = "id desc"
    _rec_name = "uuid"
    _rec_names_search = ["uuid", "event_id", "order_key", "contract_code"]
    _log_access = False
    _sealed_columns = queries.MESSAGE_COLUMNS
    _redacted_fields = ("payload", "problem")

    uuid = fields.Char(string="Message", required=True, readonly=True)
    direction = fields.Selection(
        [("in", "Inbound"), ("out", "Outbound")], required=True, readonly=True
    )
    admission = fields.Selection(
        [("accepted", "Accepted"), ("refused", "Refused")],
        required=True,
        readonly=True,
        default="accepted",
    )
    system_id = LogReference(
        "integration.system",
        readonly=True,
        index=True,
        help="The sender; empty on outbound messages, which may have many receivers.",
    )
    company_id = LogReference("res.company", required=True, readonly=True)
    credential_ref = fields.Integer(string="Credential", readonly=True)
    contract_id = LogReference("integration.contract", readonly=True)
    contract_code = fields.Char(string="Type", readonly=True)
    version = fields.Char(readonly=True)
    source = fields.Char(readonly=True)
    event_id = fields.Char(readonly=True, help="The sender's id.")
    idempotency_key = fields.Char(readonly=True)
    order_key = fields.Char(
        readonly=True, help="The business object; its messages keep their order."
    )
    sequence = BigInteger(readonly=True)
    epoch = fields.Char(readonly=True)
    correlation_id = fields.Char(readonly=True)
    causation_id = fields.Char(readonly=True)
    occurred_at = fields.Datetime(readonly=True)
    received_at = fields.Datetime(required=True, readonly=True)
    payload = fields.Json(string="Payload (data)", readonly=True)
    payload_text = fields.Text(compute="_compute_payload_text", string="Payload")
    sha256 = fields.Char(string="SHA-256", readonly=True)
    problem = fields.Json(readonly=True, help="Why it was refused.")
    problem_text = fields.Text(compute="_compute_payload_text", string="Refusal")
    res_model = fields.Char(readonly=True, help="What an outbound message is about.")
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    delivery_ids = fields.One2many("integration.delivery", "message_id")
    attempt_ids = fields.Many2many(
        "integration.attempt", compute="_compute_attempt_ids"
    )
    state = fields.Char(compute="_compute_state", string="Status")

    _idempotency_index = models.UniqueIndex(
        "(system_id, idempotency_key) WHERE direction = 'in' AND admission = 'accepted'"
    )
    _uuid_unique = models.UniqueIndex("(uuid)")
    _order_key_index = models.Index("(order_key) WHERE order_key IS NOT NULL")

    def init(self):
        queries.install_functions(self.env.cr)
        return super().init()

    def _get_redacted_message(self):
        return self

    @api.model
    def _find_other_faults(self):
        """Name what was accepted and would never be worked off: work can be deleted."""
        lost = queries.find_without_work(self.env.cr, NAMES_SHOWN)
        return [
            self.env._("Accepted, and their work was removed: %s.", ", ".join(lost))
        ] if lost else []

    def _get_written_at_sql(self):
        return SQL.identifier("received_at")

    @api.model
    def _refuse_if_logged(self, records, field):
        """Keep records on which the log depends from being deleted.

        :param field: the name of the ``LogReference`` to them.
        :raises UserError: when a message or a delivery refers to one of them.
        """
        domain = [(field, "in", records.ids)]
        for model in ("integration.message", "integration.delivery"):
            # Whoever may delete the record may not see all that refers to it.
            if field in self.env[model]._fields and self.env[model].sudo().search_count(
                domain, limit=1
            ):
                raise UserError(
                    self.env._(
                        "Messages refer to '%s', and the log is kept: archive, suspend "
                        "or retire it instead of deleting it.",
                        records[:1].display_name,
                    )
                )

    @api.depends("payload", "problem")
    def _compute_payload_text(self):
        for message in self:
            message.payload_text = _pretty(message.payload)
            message.problem_text = _pretty(message.problem)

    @api.depends("admission", "delivery_ids.state")
    def _compute_state(self):
        labels = dict(
            self.env["integration.delivery"]
            ._fields["state"]
            ._description_selection(self.env)
        )
        for message in self:
            if message.admission == "refused":
                message.state = self.env._("Refused")
                continue
            states = list(dict.fromkeys(message.delivery_ids.mapped("state")))
            message.state = ", ".join(labels[state] for state in states) or self.env._(
                "No receiver"
            )

    @api.depends("delivery_ids.attempt_ids")
    def _compute_attempt_ids(self):
        for message in self:
            message.attempt_ids = message.delivery_ids.attempt_ids

    @api.depends("contract_code", "order_key", "uuid")
    def _compute_display_name(self):
        for message in self:
            name = message.contract_code or self.env._("Unreadable message")
            message.display_name = f"{name} · {message.order_key or message.uuid}"

    def action_open_document(self):
        """Open what this message led to, or is about."""
        self.ensure_one()
        delivery = self.delivery_ids.filtered("res_id")[:1]
        model, res_id = (
            (delivery.res_model, delivery.res_id)
            if delivery
            else (self.res_model, self.res_id)
        )
        if not model or model not in self.env:
            raise UserError(self.env._("This message has no document yet."))
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": res_id,
            "view_mode": "form",
        }

    @api.model
    def _publish(self, code, record, payload, *, order_key=None, occurred_at=None):
        """Publish a business event in the current transaction.

        It is sent if and only if this transaction commits: to every endpoint that
        subscribes to it in the record's company, with the message's uuid as the id
        that receivers dedupe on.

        :param code: code of an outbound contract; the newest active version is used.
        :param record: the one record the event is about.
        :param payload: JSON object that satisfies the contract.
        :param order_key: business object whose events keep their order; default: the
            record itself.
        :param occurred_at: naive UTC; default: now.
        :returns: the message.
        :raises UserError: when there is no active contract of that code.
        """
        contract_id = self.env["integration.contract"]._find_id(code, "out")
        if not contract_id:
            raise UserError(
                self.env._(
                    "There is no active outbound contract '%s' to publish with.", code
                )
            )
        record.ensure_one()
        payload = json.loads(json.dumps(payload, default=json_default))
        vals = self._prepare_outbound_vals(contract_id, record, payload)
        vals["order_key"] = (order_key or f"{record._name},{record.id}")[:MAX_ORDER_KEY]
        vals["occurred_at"] = occurred_at or vals["received_at"]
        # People have no right to write the log. This is the one way into it from the
        # inside, with values that are all built here.
        message_id = queries.insert_message(self.env.cr, vals)
        message = self.browse(message_id)
        self.env["integration.delivery"]._create_outbound(message, payload)
        # Who publishes need not be able to read the log; what starts is not theirs.
        self.env["integration.playbook"]._start(
            message.sudo(), code, lambda: payload, record
        )
        return message

    @api.model
    def _announce(self, code, records, prepare):
        """Publish one event of the catalogue for each record, where somebody awaits it.

        Most databases await few of them: what nobody awaits costs a look into a cache.

        :param prepare: function from a record to the payload.
        """
        Subscription = self.env["integration.subscription"]
        Playbook = self.env["integration.playbook"]
        for record in records:
            company = "company_id" in record._fields and record.company_id
            company_id = (company or self.env.company).id
            if Subscription._find_consumers(code, company_id) or (
                Playbook._find_reactions(code, company_id)
            ):
                # What receivers are told is what their scope grants, whoever causes it.
                self._publish(code, record, prepare(record.sudo()))

    def _prepare_outbound_vals(self, contract_id, record, payload):
        # The catalogue is readable by whoever causes an event, see _find_id.
        contract = self.env["integration.contract"].sudo().browse(contract_id)
        company = "company_id" in record._fields and record.company_id
        cause = self._get_cause()
        now = time.time()
        return {
            "uuid": uuid7(now, os.urandom(10)),
            "direction": "out",
            "admission": "accepted",
            "company_id": (company or self.env.company).id,
            "contract_id": contract.id,
            "contract_code": contract.code,
            "version": contract.version,
            "source": self._get_source(),
            "received_at": queries.moment(now),
            "payload": json.dumps(payload),
            "sha256": queries.digest(canonical(payload)),
            "correlation_id": cause.get("correlation_id"),
            "causation_id": cause.get("uuid"),
            "res_model": record._name,
            "res_id": record.id,
        }

    @api.model
    def _get_source(self):
        """Return the CloudEvents source of this database."""
        return f"urn:odoo:{self.env.cr.dbname}"

    def _get_payload(self):
        """Return the payload as a handler reads it: translated where its flow is."""
        self.ensure_one()
        handling = Handling.of(self.env.context)
        if handling.message_id == self.id and handling.payload is not None:
            return handling.payload
        return self.payload

    def _get_shown_payload(self):
        """Return what of the payload may be shown to the present user.

        The caller has checked that this user may ask about the message.
        """
        # Whoever settles what waits need not be able to open the log.
        return self._hide(self.sudo().payload)

    def _get_moment(self):
        """Return the moment the message is about, naive UTC; False when unknown."""
        return self.occurred_at or self.received_at

    def _hide(self, value):
        """Return a text or JSON value without what the user may not see here. A hook."""
        return value

    @api.model
    def _get_cause(self):
        """Return what is published now refers back to, as ``_prepare_cause``, or {}."""
        return Handling.of(self.env.context).cause or {}

    def _prepare_cause(self):
        """Return what messages published while handling this one refer back to."""
        self.ensure_one()
        return {"uuid": self.uuid, "correlation_id": self.correlation_id or self.uuid}


def _pretty(value):
    if value in (None, False):
        return False
    return json.dumps(value, indent=2, ensure_ascii=False)
