from dataclasses import dataclass

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ..lib.expression import (
    Expression,
    ExpressionError,
    compile_expression,
    compile_or_break,
    is_met,
)
from ..lib.playbook import OPEN_STATES


@dataclass(frozen=True)
class Reaction:
    """A playbook that answers an event; kept in every process's cache."""

    playbook_id: int
    filter: Expression


class IntegrationPlaybook(models.Model):
    """What happens, step by step, when an event arrives or is published."""

    _name = "integration.playbook"
    _inherit = ["mail.thread", "integration.cached.rules.mixin"]
    _description = "Playbook"
    _order = "contract_code, name"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    contract_code = fields.Char(
        string="Event",
        required=True,
        index=True,
        tracking=True,
        help="Code of a contract, such as lot.disposition.changed. An inbound one starts "
        "the playbook once its handler has done its work; what is translated goes by "
        "both names.",
    )
    filter_expression = fields.Char(
        string="Only if",
        tracking=True,
        help="JMESPath over the payload, such as to == 'quarantined'. Empty: always.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Runs as",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
        help="The steps may do what this user may do, and their work bears that name.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
        help="Is asked where a step waits for a person or a run is held.",
    )
    step_ids = fields.One2many("integration.playbook.step", "playbook_id", copy=True)
    run_ids = fields.One2many("integration.playbook.run", "playbook_id")
    open_count = fields.Integer(compute="_compute_open_count", string="Open runs")
    picture = fields.Html(compute="_compute_picture", sanitize=False)

    def _compute_open_count(self):
        counts = dict(
            self.env["integration.playbook.run"]._read_group(
                [("playbook_id", "in", self.ids), ("state", "in", OPEN_STATES)],
                ["playbook_id"],
                ["__count"],
            )
        )
        for playbook in self:
            playbook.open_count = counts.get(playbook, 0)

    @api.depends(
        "contract_code", "step_ids.name", "step_ids.sequence", "step_ids.kind"
    )
    def _compute_picture(self):
        for playbook in self:
            playbook.picture = playbook.env["ir.qweb"]._render(
                "integration_core.playbook_picture",
                {"event": playbook.contract_code, "steps": playbook.step_ids},
            )

    @api.constrains("filter_expression")
    def _check_filter(self):
        for playbook in self:
            try:
                compile_expression(playbook.filter_expression or "@")
            except ExpressionError as error:
                raise ValidationError(
                    self.env._("%(name)s: %(why)s", name=playbook.name, why=error)
                ) from error

    @api.constrains("company_id", "user_id")
    def _check_user(self):
        for playbook in self:
            if playbook.company_id not in playbook.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work in %(company)s.",
                        user=playbook.user_id.name,
                        company=playbook.company_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_run(self):
        if self.run_ids:
            raise UserError(
                self.env._("A playbook with runs is kept: archive it instead.")
            )

    @api.model
    @ormcache("contract_code", "company_id")
    def _find_reactions(self, contract_code, company_id):
        """Return a ``Reaction`` for every playbook that an event starts."""
        # Whoever causes an event need not be able to read what it sets off.
        playbooks = self.sudo().search(
            [
                ("contract_code", "=", contract_code),
                ("company_id", "=", company_id),
                ("active", "=", True),  # whatever the context of who causes an event
            ]
        )
        return tuple(
            Reaction(
                playbook.id, compile_or_break(playbook.filter_expression or "`true`")
            )
            for playbook in playbooks
        )

    @api.model
    def _start(self, message, contract_code, get_payload, record):
        """Start every playbook that answers an event, in the current transaction.

        :param message: that told it; ``contract_code``: what it is called.
        :param get_payload: takes nothing and returns the event's payload.
        :param record: what the event is about, or None.
        """
        for reaction in self._find_reactions(contract_code, message.company_id.id):
            payload, error = get_payload(), None
            try:
                if not is_met(reaction.filter, payload):
                    continue
            except ExpressionError as failure:
                error = str(failure)
            # Started by anyone's business transaction; it acts as the playbook's user.
            playbook = self.sudo().browse(reaction.playbook_id)
            playbook._create_run(message, payload, record, error)

    def _create_run(self, message, payload, record, error):
        run = self.run_ids.create(self._prepare_run_vals(message, payload, record))
        run._note("started")
        if error:
            run._hold(error)
        elif run.depth > run._DEPTH_MAX:
            run._hold(
                self.env._("Playbooks started one another %s times.", run.depth)
            )
        else:
            run._wake()

    def _prepare_run_vals(self, message, payload, record):
        now = fields.Datetime.now()
        return {
            "playbook_id": self.id,
            "company_id": self.company_id.id,
            "user_id": self.user_id.id,
            "responsible_id": self.responsible_id.id,
            "message_id": message.id,
            "payload": payload,
            "res_model": record._name if record else False,
            "res_id": record.id if record else False,
            "depth": self.env.context.get("integration_playbook_depth", 0) + 1,
            "due_at": now,
            "step_ids": [
                Command.create(step._prepare_run_step_vals()) for step in self.step_ids
            ],
        }

    def action_open_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "integration_core.integration_playbook_run_action"
        )
        return dict(action, domain=[("playbook_id", "=", self.id)], context={})
