from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.payload import find_names, find_value_context

SCOPES = [("system", "This system"), ("company", "Every system of the company")]


class IntegrationMappingWizard(models.TransientModel):
    """Answers what an unknown code stands for, with suggestions."""

    _name = "integration.mapping.wizard"
    _description = "Map a Code"

    exception_id = fields.Many2one("integration.exception", readonly=True)
    domain_id = fields.Many2one("integration.mapping.domain", required=True)
    system_id = fields.Many2one("integration.system", required=True)
    external_code = fields.Char(required=True)
    external_name = fields.Char(
        string="What they call it", help="Found in the first message that waits."
    )
    scope = fields.Selection(
        SCOPES, required=True, default="system", string="Holds for"
    )
    waiting_count = fields.Integer(related="exception_id.delivery_count")
    suggestion_ids = fields.One2many(
        "integration.mapping.wizard.suggestion",
        "wizard_id",
        compute="_compute_suggestion_ids",
        store=True,
    )
    res_model = fields.Char(related="domain_id.model_name")
    res_id = fields.Many2oneReference(string="Stands for", model_field="res_model")
    is_unit = fields.Boolean(compute="_compute_is_unit")
    factor = fields.Float(default=1, digits=0)
    rounding = fields.Float(digits=0)

    @api.depends("domain_id")
    def _compute_is_unit(self):
        for wizard in self:
            wizard.is_unit = wizard.domain_id.code == "unit"

    @api.depends("domain_id", "system_id", "external_code", "external_name")
    def _compute_suggestion_ids(self):
        Mapping = self.env["integration.mapping"]
        for wizard in self:
            wizard.suggestion_ids = [fields.Command.clear()]
            if not (wizard.domain_id and wizard.system_id and wizard.external_code):
                continue
            found = Mapping._suggest(
                wizard.domain_id,
                wizard.system_id,
                wizard.external_code,
                wizard.external_name or "",
            )
            wizard.suggestion_ids = [
                fields.Command.create(
                    {
                        "res_model": wizard.domain_id.model_name,
                        "res_id": suggestion.record_id,
                        "score": 100 * suggestion.score,
                        "reason": suggestion.reason,
                    }
                )
                for suggestion in found
            ]

    @api.model
    def _prepare_from_exception(self, exception):
        """Return the values to start with: what is known of a code that waits."""
        exception.check_access("read")
        # Who maps a code need not be able to open the log. What the code is called is all
        # that leaves here, unless that is hidden from this person.
        message = exception.sudo().delivery_ids[-1:].message_id.sudo(self.env.su)
        payload = message._get_shown_payload() or {}
        context = find_value_context(payload, exception.external_code)
        names = find_names(context) if context else []
        return {
            "exception_id": exception.id,
            "domain_id": exception.mapping_domain_id.id,
            "system_id": exception.system_id.id,
            "external_code": exception.external_code,
            "external_name": names[0] if names else False,
        }

    def action_map(self):
        """Make the mapping; what waits goes on by itself."""
        self.ensure_one()
        if not self.res_id:
            raise UserError(self.env._("Choose what the code stands for."))
        mapping = self.env["integration.mapping"].create(self._prepare_mapping_vals())
        if mapping.state == "active":
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "integration.mapping",
            "res_id": mapping.id,
            "view_mode": "form",
        }

    def _prepare_mapping_vals(self):
        vals = {
            "domain_id": self.domain_id.id,
            "system_id": self.scope == "system" and self.system_id.id,
            "company_id": self.system_id.company_id.id,
            "external_code": self.external_code.strip(),
            "res_id": self.res_id,
            "factor": self.factor,
            "rounding": self.rounding,
        }
        # The code may have meant something until some day: it begins after that.
        Mapping = self.env["integration.mapping"]
        return vals | Mapping._find_free_dates(vals, self._get_day())

    def _get_day(self):
        """Return the day on which the code has to mean something."""
        # Of who maps a code nobody expects that they may open the log.
        message = self.exception_id.sudo().delivery_ids[-1:].message_id
        moment = message and message._get_moment()
        Mapping = self.env["integration.mapping"].with_context(integration_moment=moment)
        return Mapping._get_day(self.system_id)
