from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.backoff import parse_schedule
from ..lib.expression import ExpressionError, compile_expression

HANDLER = "integration.playbook.handler"


class IntegrationPlaybookStepMixin(models.AbstractModel):
    """What a step is: of a playbook, and the copy that a run of it keeps."""

    _name = "integration.playbook.step.mixin"
    _description = "Playbook Step Mixin"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("action", "Server action"),
            ("handler", "Handler"),
            ("person", "A person"),
        ],
        required=True,
        default="action",
        help="A person's step waits until somebody presses Continue.",
    )
    action_id = fields.Many2one(
        "ir.actions.server", string="Server action", ondelete="restrict"
    )
    undo_action_id = fields.Many2one(
        "ir.actions.server",
        string="Undone by",
        ondelete="restrict",
        help="Run when a later step fails and the playbook is taken back.",
    )
    handler_model = fields.Selection(selection="_get_handlers", string="Handler")
    record_path = fields.Char(
        string="Acts on",
        help="Fields that lead from the event's document to what the step acts on, such "
        "as move_ids.product_id. Empty: the document itself.",
    )
    condition = fields.Char(
        string="Only if",
        help="JMESPath over the event's payload, such as quantity > `100`. Otherwise "
        "the step is skipped.",
    )
    delay_minutes = fields.Integer(
        string="Wait before (min)", help="After the step before it."
    )
    max_attempts = fields.Integer(default=3, required=True)
    retry_schedule = fields.Char(
        string="Retry after (s)",
        default="60, 300, 1800",
        required=True,
        help="Seconds before the second, third … attempt.",
    )
    on_failure = fields.Selection(
        [
            ("undo", "Undo what was done"),
            ("hold", "Wait for a person"),
            ("skip", "Go on without it"),
        ],
        string="If it fails",
        required=True,
        default="undo",
    )

    @api.model
    def _get_handlers(self):
        """Return every installed handler as ``[(model, description)]``."""
        base = self.env.registry.get(HANDLER)
        if base is None:
            return []
        names = sorted(base._inherit_children - {HANDLER})
        return [(name, self.env.registry[name]._description) for name in names]

    @api.constrains("kind", "action_id", "handler_model")
    def _check_complete(self):
        for step in self:
            if step.kind == "action" and not step.action_id:
                raise ValidationError(
                    self.env._("Choose the server action of step '%s'.", step.name)
                )
            if step.kind == "handler" and not step.handler_model:
                raise ValidationError(
                    self.env._("Choose the handler of step '%s'.", step.name)
                )

    @api.constrains("max_attempts", "retry_schedule", "delay_minutes", "condition")
    def _check_rules(self):
        for step in self:
            if step.max_attempts < 1 or step.delay_minutes < 0:
                raise ValidationError(
                    self.env._(
                        "Step '%s' is tried at least once, and waits no negative time.",
                        step.name,
                    )
                )
            try:
                parse_schedule(step.retry_schedule)
                compile_expression(step.condition or "@")
            except (ValueError, ExpressionError) as error:
                raise ValidationError(
                    self.env._("Step '%(step)s': %(why)s", step=step.name, why=error)
                ) from error

    def _can_undo(self):
        """Return whether the step says how it is taken back."""
        self.ensure_one()
        if self.kind == "handler":
            return (
                self.handler_model in self.env
                and self.env[self.handler_model]._can_undo
            )
        return bool(self.undo_action_id)
