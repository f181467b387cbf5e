from odoo import models
from odoo.exceptions import UserError

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.lib.results import HandlerResult


class CorrectiveActionAnsweredHandler(models.AbstractModel):
    """Takes a supplier's answers to a step; only to its own corrective actions."""

    _name = "integration.handler.corrective.action.answered"
    _inherit = "integration.handler"
    _description = "Corrective action answers handler"

    def _handle(self, message):
        payload = message._get_payload()
        step = self._find_step(message, payload)
        try:
            step._answer(payload["answers"], submit=payload.get("submit", True))
        except UserError as error:
            raise self._refuse(payload, str(error)) from error
        return HandlerResult(
            record=step.action_id,
            summary=self.env._(
                "%(step)s of %(action)s is answered",
                step=step.code,
                action=step.action_id.name,
            ),
            data={
                "action": step.action_id.name,
                "step": step.code,
                "state": step.state,
            },
        )

    def _find_step(self, message, payload):
        """Return the step of an action of the sender's own supplier.

        :raises BusinessError: there is none.
        """
        # A supplier's system has no rights in Odoo; the partner protects the others.
        partner = message.system_id.sudo().partner_id.commercial_partner_id
        step = (
            self.env["quality.corrective.step"]
            .sudo()
            .search(
                [
                    ("action_id.name", "=", payload["action"]),
                    ("company_id", "=", message.company_id.id),
                    ("partner_id", "=", partner.id),
                    ("action_state", "=", "sent"),
                    ("code", "=", payload["step"]),
                ]
            )
        )
        if partner and step:
            return step
        raise self._refuse(
            payload,
            self.env._(
                "There is no open corrective action '%s' of yours.", payload["action"]
            ),
        )

    def _refuse(self, payload, why):
        return BusinessError(
            why,
            kind="supplier_quality.corrective_action",
            fingerprint=f"{payload['action']}:{payload['step']}",
        )
