import random
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib.backoff import delay_seconds, parse_schedule
from ..lib.errors import PermanentError
from ..lib.expression import (
    ExpressionError,
    compile_expression,
    is_met,
)
from ..lib.handling import CONTEXT_KEY, Handling
from ..lib.playbook import OPEN_STATES, after_failure, next_move
from ..log_fields import LogReference

ERROR_MAX = 2000


class IntegrationPlaybookRun(models.Model):
    """One answer to one event: its steps, how far they got, and what happened.

    Each move is one transaction that holds both a step's effects and the run's advance,
    so a server that stops in the middle leaves the run where it was.
    """

    _name = "integration.playbook.run"
    _inherit = ["mail.thread", "mail.activity.mixin", "integration.redacted.mixin"]
    _description = "Playbook Run"
    _order = "id desc"
    _mail_post_access = "read"  # who is asked may discuss, and write nothing else
    _redacted_fields = ("payload", "last_error")
    _DEPTH_MAX = 10

    playbook_id = fields.Many2one(
        "integration.playbook",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Runs as", required=True, readonly=True
    )
    responsible_id = fields.Many2one("res.users", required=True, readonly=True)
    message_id = LogReference(
        "integration.message", string="Event", readonly=True, index=True
    )
    # Of the playbook: the message may have left the log.
    contract_code = fields.Char(related="playbook_id.contract_code", string="Type")
    payload = fields.Json(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    state = fields.Selection(
        [
            ("running", "Running"),
            ("waiting", "Waits for a person"),
            ("undoing", "Being undone"),
            ("held", "Held"),
            ("done", "Done"),
            ("undone", "Undone"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="running",
        index=True,
        tracking=True,
    )
    held_while = fields.Selection(
        [("running", "Running"), ("undoing", "Being undone")], readonly=True
    )
    due_at = fields.Datetime(string="Next move", readonly=True)
    finished_at = fields.Datetime(readonly=True)
    claim_count = fields.Integer(default=0, readonly=True)
    claimed_until = fields.Datetime(readonly=True)
    depth = fields.Integer(
        readonly=True, help="Playbooks that led to this one by their own events."
    )
    last_error = fields.Text(readonly=True)
    step_ids = fields.One2many("integration.playbook.run.step", "run_id", readonly=True)
    history_ids = fields.One2many(
        "integration.playbook.history", "run_id", readonly=True
    )
    picture = fields.Html(compute="_compute_picture", sanitize=False)

    _due_index = models.Index("(due_at, id) WHERE state IN ('running', 'undoing')")

    @api.depends("playbook_id", "message_id")
    def _compute_display_name(self):
        for run in self:
            run.display_name = f"{run.playbook_id.name} · {run.id}"

    @api.depends("step_ids.state", "step_ids.last_error", "contract_code")
    def _compute_picture(self):
        for run in self:
            run.picture = run.env["ir.qweb"]._render(
                "integration_core.playbook_picture",
                {"event": run.contract_code, "steps": run.step_ids, "run": run},
            )

    def _get_redacted_message(self):
        # The log keeps a message no longer than its policy says.
        return self.message_id.exists()

    # Moves --------------------------------------------------------------

    def _advance(self):
        """Make the next move. What a step raises leaves through here: roll back then."""
        self.ensure_one()
        move, step = self._find_move()
        if move.kind == "end":
            self._finish(move.state)
            return
        if move.kind == "undo":
            self._undo(step)
        elif step.delay_minutes and not step.is_delayed:
            step.is_delayed = True
            self._schedule(step.delay_minutes * 60)
        elif not self._applies(step):
            self._settle(step, "skipped", self.env._("Its condition is not met."))
        elif move.kind == "ask":
            self._ask(step)
        else:
            self._do(step)

    def _find_move(self):
        """Return the next ``lib.playbook.Move`` and its step, empty at the end.

        Of a run that is held, it is the one that it was held at.
        """
        steps = self.step_ids.sorted()
        state = self.held_while if self.state == "held" else self.state
        move = next_move(state, [step._get_step() for step in steps])
        return move, steps[move.index] if move.index >= 0 else steps.browse()

    def _applies(self, step):
        if not step.condition:
            return True
        return is_met(compile_expression(step.condition), self.payload)

    def _do(self, step):
        started = time.monotonic()
        if step.kind == "handler":
            result = self._get_handler(step)._run(self._find_records(step), self)
        else:
            result = self._run_action(step.action_id, self._find_records(step))
        self.env.flush_all()
        self._settle(step, "done", result, started)

    def _undo(self, step):
        started = time.monotonic()
        if step.kind == "handler":
            result = self._get_handler(step)._undo(self._find_records(step), self)
        else:
            result = self._run_action(step.undo_action_id, self._find_records(step))
        self.env.flush_all()
        self._settle(step, "undone", result, started)

    def _settle(self, step, state, result=None, started=None):
        """Record what became of a step, and go on with the next."""
        elapsed = 0 if started is None else time.monotonic() - started
        step.write(
            {
                "state": state,
                "finished_at": fields.Datetime.now(),
                "last_error": False,
                "result": result,
            }
        )
        self._note(state, step, result, milliseconds=int(elapsed * 1000))
        self._schedule(0)

    def _get_step_env(self):
        """Return the environment that steps work in: the playbook's user and company."""
        if not self.user_id.active:
            raise PermanentError(
                self.env._("%s, as whom this runs, is archived.", self.user_id.name)
            )
        # The log keeps a message no longer than its policy says: a person, or a wait of
        # many days, may outlast it.
        message = self.message_id.exists()
        return self.env(
            user=self.user_id.id,
            su=False,
            context={
                "allowed_company_ids": self.company_id.ids,
                "lang": self.user_id.lang,
                "tz": self.user_id.tz,
                "integration_playbook_depth": self.depth,
                CONTEXT_KEY: Handling(cause=message._prepare_cause() if message else None),
                "integration_event": {
                    "id": message.uuid,
                    "type": message.contract_code or self.playbook_id.contract_code,
                    "data": self.payload,
                },
            },
        )

    def _get_payload(self):
        """Return the event's payload."""
        self.ensure_one()
        return self.payload

    def _find_records(self, step):
        """Return what a step acts on, in the environment it works in.

        :raises PermanentError: when there is none.
        """
        if not self.res_model or self.res_model not in self.env:
            raise PermanentError(self.env._("The event has no document to act on."))
        document = self._get_step_env()[self.res_model].browse(self.res_id).exists()
        if not document:
            raise PermanentError(self.env._("The event's document was deleted."))
        if not step.record_path:
            return document
        records = document
        for name in step.record_path.split("."):
            if name not in records._fields:
                raise PermanentError(
                    self.env._("There is no field '%s' on the way.", name)
                )
            records = records.mapped(name)
            if not isinstance(records, models.BaseModel):
                raise PermanentError(
                    self.env._("'%s' does not lead to documents.", step.record_path)
                )
        return records

    def _get_handler(self, step):
        if step.handler_model not in self.env:
            raise PermanentError(
                self.env._("The handler %s is not installed.", step.handler_model)
            )
        return self._get_step_env()[step.handler_model]

    def _run_action(self, action, records):
        """Run a server action on records, as the playbook's user.

        :returns: a sentence for the history.
        """
        if not records:
            return self.env._("There was nothing to act on.")
        # Only administrators choose actions; ``run`` checks the user's rights on both.
        action = action.sudo()
        if action.model_id.model != records._name:
            raise PermanentError(
                self.env._(
                    "'%(action)s' acts on %(wanted)s, the step leads to %(found)s.",
                    action=action.name,
                    wanted=action.model_id.model,
                    found=records._name,
                )
            )
        action.with_env(records.env).with_context(
            active_model=records._name,
            active_ids=records.ids,
            active_id=records[:1].id,
        ).run()
        # Names for the history, of records that the action's user may not read any more.
        return ", ".join(records.sudo().mapped("display_name"))[:200]

    def _schedule(self, seconds):
        """Let the next move be made in so many seconds."""
        self._leave(due_at=fields.Datetime.now() + timedelta(seconds=seconds))

    def _leave(self, **vals):
        """Write how a move ended: nobody works on the run from here on."""
        self.write({**vals, "claim_count": 0, "claimed_until": False})

    def _ask(self, step):
        self._leave(state="waiting")
        self._note("asked", step)
        self._plan_activity(step.name)

    def _finish(self, state):
        self._leave(state=state, finished_at=fields.Datetime.now())
        self._note("finished" if state == "done" else "taken_back")
        if state == "undone":
            self._plan_activity(self.env._("A step failed; what was done was undone."))

    # Failure ------------------------------------------------------------

    def _record_failure(self, error):
        """Decide what follows from an exception that came out of ``_advance``."""
        self.ensure_one()
        move, step = self._find_move()
        text = (str(error) or type(error).__name__)[:ERROR_MAX]
        if move.kind == "end":
            self._hold(text)
            return
        step.write({"attempt_count": step.attempt_count + 1, "last_error": text})
        self._note("failed", step, text)
        reaction = after_failure(
            self.state,
            step._get_step(),
            permanent=isinstance(error, (PermanentError, ExpressionError)),
        )
        if reaction == "retry":
            wait = delay_seconds(
                parse_schedule(step.retry_schedule),
                step.attempt_count,
                random=random.random,
            )
            self._schedule(wait)
            self._wake(after_seconds=wait)
        elif reaction == "skip":
            self._settle(step, "skipped", self.env._("It failed; gone on without it."))
        elif reaction == "undo":
            step.state = "failed"
            self._take_back()
        else:
            self._hold(text, step)

    def _take_back(self):
        """Begin to undo what was done, the last step first."""
        # What counted were tries of doing; from here on, tries of undoing count.
        self.step_ids.filtered(lambda s: s.state == "done").attempt_count = 0
        self.state = "undoing"
        self._schedule(0)

    def _hold(self, text, step=None):
        """Stop until a person decides."""
        self._leave(
            held_while="undoing" if self.state == "undoing" else "running",
            state="held",
            last_error=text,
        )
        self._note("held", step, text)
        self._plan_activity(text)

    def _note(self, what, step=None, detail=None, milliseconds=0):
        # Nobody writes the history; these lines are how it is made.
        self.env["integration.playbook.history"].sudo().create(
            {
                "run_id": self.id,
                "company_id": self.company_id.id,
                "step_id": step.id if step else False,
                "what": what,
                "detail": detail,
                "milliseconds": milliseconds,
            }
        )

    def _plan_activity(self, note):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.playbook_id.name,
            note=note,
            user_id=self.responsible_id.id,
        )

    # People -------------------------------------------------------------

    def action_continue(self):
        """Say that a person's step is done."""
        run, step = self._decide("waiting")
        run.state = "running"
        run._settle(step, "done", self.env._("By %s", self.env.user.name))
        run._resume(step)

    def action_retry(self):
        """Try the step that failed again."""
        run, step = self._decide("held")
        step.write({"attempt_count": 0})
        run.state = run.held_while
        run._schedule(0)
        run._resume(step)

    def action_skip(self):
        """Go on without the step that waits or failed; undoing, leave it as it is."""
        run, step = self._decide("held", "waiting")
        run.state = run.held_while if run.state == "held" else "running"
        if step:
            run._settle(
                step, "skipped", self.env._("Decided by %s", self.env.user.name)
            )
        run._resume(step)

    def action_undo(self):
        """Take back what was done so far."""
        run, step = self._decide("held", "waiting")
        run._take_back()
        run._resume(step)

    def action_cancel(self):
        """Stop for good and leave everything as it is."""
        run, _step = self._decide(*OPEN_STATES)
        run.write({"state": "cancelled", "finished_at": fields.Datetime.now()})
        run._note("cancelled")
        run.activity_unlink(["mail.mail_activity_data_todo"])

    def _decide(self, *states):
        """Check that this person may decide here and now.

        :returns: the run, writable, and the step that the decision is about.
        """
        self.ensure_one()
        operator = "integration_core.integration_core_group_operator"
        user = self.env.user
        if user != self.responsible_id and not user.has_group(operator):
            raise AccessError(
                self.env._("Only the responsible person and operators decide here.")
            )
        self.check_access("read")
        # The rows have no writers among people: these buttons are the only way.
        run = self.sudo()
        run.lock_for_update()
        if run.state not in states:
            raise UserError(self.env._("This run has gone on in the meantime."))
        return run, run._find_move()[1]

    def _resume(self, step):
        self._note("resumed", step, self.env.user.name)
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._wake()

    def action_open_document(self):
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            raise UserError(self.env._("This event has no document."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    # Work ---------------------------------------------------------------

    def _wake(self, after_seconds=0):
        """Have the scheduled action look, once this transaction is committed."""
        # Scheduled actions belong to administrators; whoever causes an event may only
        # have this one run earlier.
        cron = self.env.ref("integration_core.integration_playbook_cron").sudo()
        at = fields.Datetime.now() + timedelta(seconds=after_seconds)
        cron._trigger(at if after_seconds else None)

    @api.model
    def _cron_work(self):
        """Work off what is due; see ``integration_core/playbook_work.py``."""
        from ..playbook_work import PlaybookWorker  # noqa: PLC0415 - its own cursors

        PlaybookWorker(self.env).run()
