import json
import logging
from datetime import timedelta
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.integration_core import intake
from odoo.addons.integration_core.controllers.messages import MAX_BATCH_BYTES
from odoo.addons.integration_core.controllers.requests import prepare_too_large
from odoo.addons.integration_core.gateway import Caller
from odoo.addons.integration_core.lib.backoff import RETRY_AFTER_MAX_SECONDS
from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.expression import (
    ExpressionError,
    compile_expression,
    evaluate,
)
from odoo.addons.integration_core.lib.problems import Problem
from odoo.addons.integration_core.lib.signatures import encode_secret

_logger = logging.getLogger(__name__)

CHUNK = 200
ACCEPTED = 202
TOO_MANY = 429
# An allowance is used up, or the same message is being taken in on another way.
LATER = (409, TOO_MANY)
SERVER_ERRORS = 500
# One failure may be the far side's bad moment; somebody hears of a row of them.
FAILURES_BEFORE_TOLD = 3
KIND = "integration_file.feed"
MANAGER = "integration_core.integration_core_group_manager"
OPERATOR = "integration_core.integration_core_group_operator"


class ThrottledError(Exception):
    """The system's or the flow's allowance is used up: go on later.

    :param answers: to the first of the events, which are settled for good.
    """

    def __init__(self, answers=()):
        super().__init__()
        self.answers = list(answers)


class NotNowError(UserError):
    """The source answers that it has nothing for us now.

    :param wait_seconds: how long it asks us to wait, if it does.
    """

    def __init__(self, text, wait_seconds=None):
        super().__init__(text)
        self.wait_seconds = wait_seconds or 0


class IntegrationFeedMixin(models.AbstractModel):
    """A source that Odoo asks by itself. What it brings goes the way of every message."""

    _name = "integration.feed.mixin"
    _inherit = ["mail.thread", "integration.configuration.mixin"]
    _description = "Feed Mixin"
    _unaudited_fields = (
        "next_at",
        "last_at",
        "last_error",
        "failure_count",
        "refused_count",
        "cursor",
        "progress",
    )

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    system_id = fields.Many2one(
        "integration.system", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    contract_id = fields.Many2one(
        "integration.contract",
        required=True,
        domain="[('direction', '=', 'in'), ('state', '=', 'active')]",
        ondelete="restrict",
        help="What a record becomes; it must be in the system's scope.",
    )
    credential_id = fields.Many2one(
        "integration.credential",
        domain="[('system_id', '=', system_id), ('usage', '=', 'out')]",
        help="The secret we prove ourselves with: of the usage 'We send with it'.",
    )
    expression = fields.Text(
        string="Transformation",
        help="JMESPath from a record to the payload of the contract; empty: as it is.",
    )
    order_expression = fields.Char(
        string="Order key", help="JMESPath to the business object in a record."
    )
    interval_minutes = fields.Integer(required=True, default=5)
    next_at = fields.Datetime(default=fields.Datetime.now, required=True, copy=False)
    last_at = fields.Datetime(string="Last time", readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)
    failure_count = fields.Integer(
        string="Failures in a row", readonly=True, copy=False
    )
    refused_count = fields.Integer(
        string="Refused records",
        readonly=True,
        copy=False,
        help="Records of this source that were not admitted, since it was set up; each "
        "stands in the log with the reason.",
    )

    progress = fields.Json(
        readonly=True,
        copy=False,
        help="What of a file or a page is settled while the rest waits for an allowance.",
    )

    _interval_positive = models.Constraint(
        "CHECK(interval_minutes > 0)", "The interval is a minute or more."
    )

    @api.constrains("credential_id", "system_id")
    def _check_credential(self):
        for feed in self:
            # Read whoever asks: what is told of it is only that it does not fit.
            credential = feed.credential_id.sudo()
            if credential and (
                credential.system_id != feed.system_id or credential.usage != "out"
            ):
                raise ValidationError(
                    self.env._(
                        "The credential is one of the same system, with the usage 'We "
                        "send with it': nobody else's secret is shown to this source."
                    )
                )

    @api.constrains("expression", "order_expression")
    def _check_expressions(self):
        for feed in self:
            for text in filter(None, (feed.expression, feed.order_expression)):
                try:
                    compile_expression(text)
                except ExpressionError as error:
                    raise ValidationError(str(error)) from error

    def action_run(self):
        """Ask the source now."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(OPERATOR):
            raise UserError(self.env._("Only integration operators ask a source."))
        # Operators say when; what comes in is the engine's to admit.
        self.sudo()._run_or_note()
        if self.last_error:
            # The error undoes the request: what came of it is kept, as after every turn.
            self.env.cr.commit()
            raise UserError(self.last_error)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _cron_run(self):
        """Ask every source that is due; one that fails does not stop the others."""
        due = self.search(
            [
                ("next_at", "<=", fields.Datetime.now()),
                ("system_id.state", "=", "active"),
            ],
            # Whoever waits longest comes first: slow ones keep nobody from a turn.
            order="next_at, id",
        )
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for feed in due:
            try:
                feed._run_or_note()
            except Exception:  # it was rolled back; others have their turn all the same
                _logger.exception("Feed %s could not be put on record", feed.display_name)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _run_or_note(self):
        """Run, and put on record what came of it."""
        self.ensure_one()
        if not self._take_turn():
            return  # another process is at it
        try:
            self._run_and_note()
        except Exception:
            # In a transaction that failed the turn could not be given back.
            self.env.cr.rollback()
            raise
        finally:
            self._give_turn()

    def _take_turn(self):
        """Keep other processes from this feed, over all commits to come."""
        self.env.cr.execute(SQL("SELECT pg_try_advisory_lock(%s, %s)", *self._get_lock()))
        return self.env.cr.fetchone()[0]

    def _give_turn(self):
        self.env.cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", *self._get_lock()))

    def _get_lock(self):
        self.env.cr.execute(SQL("SELECT hashtext(%s)", self._table))
        return self.env.cr.fetchone()[0], self.id

    def _run_and_note(self):
        error, count, wait = False, 0, 0
        try:
            self._run()
        except ThrottledError:
            error = self.env._("The allowance is used up; it goes on by itself.")
            count = self.failure_count
        except Exception as failure:  # whatever the far side does
            self.env.cr.rollback()
            _logger.warning("Feed %s failed", self.display_name, exc_info=True)
            error = f"{type(failure).__name__}: {failure}"
            count = self.failure_count + 1
            wait = min(getattr(failure, "wait_seconds", 0), RETRY_AFTER_MAX_SECONDS)
        now = fields.Datetime.now()
        self.write(
            {
                "last_at": now,
                "last_error": error,
                "failure_count": count,
                "next_at": now
                + max(
                    timedelta(minutes=self.interval_minutes), timedelta(seconds=wait)
                ),
            }
        )
        if count >= FAILURES_BEFORE_TOLD:
            self._tell("failed", error)
        elif not error:
            self._find_told("failed")._close(self.env._("The source answers again."))

    # Telling ------------------------------------------------------------------

    def _tell(self, what, why):
        """Open a technical exception about this source, if there is none yet.

        :param what: ``failed`` (it cannot be asked) or ``refused`` (what it brings).
        """
        text = (
            self.env._("%(name)s cannot be asked: %(why)s", name=self.name, why=why)
            if what == "failed"
            else self.env._("%(name)s brings what is refused: %(why)s", name=self.name, why=why)
        )
        # No message waits for it: what was refused is in the log, the rest went on.
        self.env["integration.exception"]._raise_for(
            self.env["integration.delivery"],
            BusinessError(
                text,
                kind=KIND,
                fingerprint=self._get_fingerprint(what),
                values={
                    "system_id": self.system_id.id,
                    "company_id": self.company_id.id,
                },
            ),
        )

    def _get_fingerprint(self, what):
        return f"{self._name}:{self.id}:{what}"

    def _find_told(self, what):
        return self.env["integration.exception"].search(
            [
                ("state", "=", "open"),
                ("company_id", "=", self.company_id.id),
                ("kind_id.code", "=", KIND),
                ("fingerprint", "=like", f"%:{self._get_fingerprint(what)}"),
            ]
        )

    def _tell_refused(self, reason, count):
        """Count records that were refused, and tell of them.

        :param reason: of the first.
        """
        if count:
            self.refused_count += count
            self._tell("refused", reason)

    def _run(self):
        """Take in what there is. A hook."""
        raise NotImplementedError

    def _get_secret(self):
        """Return the secret as text; empty without one."""
        credential = self.credential_id
        if not credential:
            return ""
        if credential.state != "valid":
            raise UserError(self.env._("The credential is revoked or has expired."))
        raw = credential._decrypt_secret() or b""
        return encode_secret(raw) if credential.kind == "hmac" else raw.decode()

    def _admit(self, events):
        """Admit CloudEvents as if the system had sent them, and commit.

        :returns: list of ``intake.Answer``
        :raises ThrottledError: when not all were admitted, with the answers to those
            that were, from the first on; asking again is harmless.
        """
        answers = []
        try:
            for found in self._admit_by_chunks(events):
                answers += found
        except ThrottledError as error:
            raise ThrottledError([*answers, *error.answers]) from error
        return answers

    def _admit_by_chunks(self, events):
        """Admit CloudEvents; yields the answers to some, which are committed.

        :raises ThrottledError: with the answers to the first of a chunk.
        """
        caller, remaining = self._get_caller(), iter(events)
        while chunk := list(islice(remaining, CHUNK)):
            found = self._admit_chunk(caller, chunk)
            postponed = [answer.status in LATER for answer in found]
            if all(postponed):
                # Whatever was written with it, such as a cursor, waits for it.
                self.env.cr.rollback()
                raise ThrottledError
            # What is admitted stays, whatever happens to the rest.
            self.env.cr.commit()
            if any(postponed):
                raise ThrottledError(found[: postponed.index(True)])
            yield found

    def _admit_chunk(self, caller, events):
        """Admit some events; what cannot be read is refused alone, not with the others."""
        body = json.dumps(events).encode()
        try:
            if len(body) > MAX_BATCH_BYTES:
                raise prepare_too_large(MAX_BATCH_BYTES)
            return intake.admit_batch(
                self.env, caller, body, status_url=self._get_status_url()
            )
        except Problem as problem:
            if problem.status == TOO_MANY:
                self.env.cr.rollback()
                raise ThrottledError from problem
            if problem.status >= SERVER_ERRORS:
                self.env.cr.rollback()
                raise
            # Found while reading, before anything was written: nothing is undone.
            if len(events) == 1:
                return [self._refuse(caller, body, problem)]
        return self._admit_singly(caller, events)

    def _admit_singly(self, caller, events):
        answers = []
        for event in events:
            answers += self._admit_chunk(caller, [event])
        return answers

    def _refuse(self, caller, raw, problem):
        """Put on record what was not admitted, and why."""
        intake.record_refusal(self.env, caller, raw, problem)
        return intake.Answer(problem.status, problem.as_dict())

    def _get_caller(self):
        card = self.env["integration.system"]._get_access_card(self.system_id.code)
        if not card or not card.active:
            raise UserError(
                self.env._("The system '%s' is not active.", self.system_id.name)
            )
        return Caller(card, self.credential_id.id or None)

    def _get_status_url(self):
        address = self.system_id.inbound_url
        return lambda uuid: f"{address}/{uuid}"

    def _prepare_event(self, record, event_id, moment):
        """Return the CloudEvent of a record: the same whenever it is read again.

        :raises ExpressionError: when the transformation does not fit the record.
        """
        payload = record
        if self.expression:
            payload = evaluate(compile_expression(self.expression), record)
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": f"/{self.system_id.code}/feeds/{self.id}",
            "type": self.contract_id.code,
            "dataschema": f"urn:contract:{self.contract_id.code}:"
            f"{self.contract_id.version}",
            "time": moment,
            "data": payload,
        }
        if self.order_expression:
            key = evaluate(compile_expression(self.order_expression), record)
            if key is not None:
                event["subject"] = str(key)
        return event
