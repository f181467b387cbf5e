from odoo import api, fields, models
from odoo.exceptions import ValidationError

PUBLISH = "integration_publish"


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[(PUBLISH, "Publish Integration Event")],
        ondelete={PUBLISH: "cascade"},
    )
    integration_contract_id = fields.Many2one(
        "integration.contract",
        string="Event",
        domain=[("direction", "=", "out"), ("state", "=", "active")],
        ondelete="restrict",
    )
    integration_member_ids = fields.One2many(
        "integration.publish.member", "action_id", string="Payload", copy=True
    )

    @api.constrains("state", "integration_contract_id")
    def _check_integration_contract(self):
        for action in self:
            if action.state == PUBLISH and not action.integration_contract_id:
                raise ValidationError(
                    self.env._("Choose the event that '%s' publishes.", action.name)
                )

    @api.constrains("model_id", "integration_member_ids")
    def _check_integration_members(self):
        for action in self.filtered(lambda a: a.state == PUBLISH):
            action.integration_member_ids._check_path()
            action.integration_member_ids._check_names()

    def _run_action_integration_publish_multi(self, eval_context=None):
        """Publish one event for each record, in the transaction of what caused it."""
        context = eval_context or {}
        records = context.get("records") or context.get("record")
        if not records:
            return
        # Whoever causes an event need not be able to read how it is published.
        action = self.sudo()
        code = action.integration_contract_id.code
        for record in records:
            self.env["integration.message"]._publish(
                code, record, action._prepare_integration_payload(record)
            )

    def _prepare_integration_payload(self, record):
        """Return the payload of a record, as the members say."""
        payload = {}
        for member in self.integration_member_ids:
            *parents, name = member.name.split(".")
            node = payload
            for parent in parents:
                node = node.setdefault(parent, {})
            node[name] = member._get_value(record)
        return payload
