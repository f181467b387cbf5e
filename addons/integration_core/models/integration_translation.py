import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ..lib.errors import BusinessError, UnmappedCodeError
from ..lib.expression import ExpressionError, compile_expression
from ..lib.strict_json import JsonError, parse
from ..lib.translation import TranslationFunctions, translate

KIND = "integration_core.translation_failed"
# What decides whether the sample comes out right.
CHECKED = {
    "sample",
    "expression",
    "system_id",
    "source_contract_id",
    "target_contract_id",
}


class IntegrationTranslation(models.Model):
    """Turns what a system sends in its own shape into the payload of a contract.

    The message stays as it was sent; its handler gets the translated payload.
    """

    _name = "integration.translation"
    _inherit = ["mail.thread", "integration.cached.rules.mixin"]
    _description = "Translation"
    _order = "system_id, source_contract_id"

    name = fields.Char(required=True)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    system_id = fields.Many2one(
        "integration.system", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    source_contract_id = fields.Many2one(
        "integration.contract",
        string="Comes as",
        required=True,
        domain=[("direction", "=", "in")],
        ondelete="restrict",
        help="The contract of the partner's own shape; its schema may allow anything.",
    )
    target_contract_id = fields.Many2one(
        "integration.contract",
        string="Is handled as",
        required=True,
        domain=[("direction", "=", "in")],
        ondelete="restrict",
    )
    expression = fields.Text(
        required=True,
        tracking=True,
        help="JMESPath that builds the target's payload. Besides its own functions: "
        "map_code('item', code) for our code or name; convert(number, unit) for the "
        "quantity in the unit that the partner's code stands for; "
        "scale(number, factor); to_utc(moment) or "
        "to_utc(moment, '%d.%m.%Y %H:%M', 'Europe/Berlin').",
    )
    sample = fields.Text(help="A payload as the partner sends it.")
    result = fields.Text(compute="_compute_result")
    faults = fields.Text(compute="_compute_result", string="What is wrong with it")

    _once = models.UniqueIndex(
        "(system_id, source_contract_id) WHERE state = 'active'",
        "This system has an active translation of that contract already.",
    )

    @api.constrains("source_contract_id", "target_contract_id")
    def _check_contracts(self):
        for translation in self:
            if translation.source_contract_id == translation.target_contract_id:
                raise ValidationError(
                    self.env._("A translation leads from one contract to another.")
                )

    @api.constrains("expression")
    def _check_expression(self):
        for translation in self:
            try:
                compile_expression(
                    translation.expression, TranslationFunctions
                )
            except ExpressionError as error:
                raise ValidationError(
                    self.env._("%(name)s: %(why)s", name=translation.name, why=error)
                ) from error

    @api.depends("sample", "expression", "target_contract_id", "system_id")
    def _compute_result(self):
        for translation in self:
            translation.result, translation.faults = translation._try_sample()

    def _try_sample(self):
        """Return ``(result as text, what is wrong with it)``; either may be False."""
        if not (self.sample and self.expression and self.target_contract_id):
            return False, False
        try:
            payload = self._make(parse(self.sample.encode()))
        except (JsonError, ExpressionError, UnmappedCodeError) as error:
            return False, str(error)
        found = self.target_contract_id._find_payload_faults(payload)
        text = json.dumps(payload, indent=2, ensure_ascii=False)
        return text, "\n".join(f"{f.pointer}: {f.detail}" for f in found) or False

    def action_activate(self):
        """Put it into force, once the sample comes out right."""
        for translation in self:
            translation._check_sample()
        self.state = "active"

    def _check_sample(self):
        if not self.result or self.faults:
            raise UserError(
                self.env._(
                    "Paste a sample and correct the expression until its result "
                    "satisfies %(contract)s. %(faults)s",
                    contract=self.target_contract_id.display_name,
                    faults=self.faults or "",
                )
            )

    def action_draft(self):
        self.state = "draft"

    def write(self, vals):
        if CHECKED & vals.keys() and vals.get("state", "active") == "active":
            for translation in self.filtered(lambda t: t.state == "active"):
                # As it would be, so that nothing is in force with a sample that fails.
                changed = self.new(origin=translation)
                changed.update({name: vals[name] for name in CHECKED & vals.keys()})
                changed._check_sample()
        return super().write(vals)

    @api.model
    @ormcache("system_id", "contract_id")
    def _find_id(self, system_id, contract_id):
        """Return the id of the translation in force for a flow, or False."""
        # Asked by the engine for every message, as the service user of any system.
        found = self.sudo().search(
            [
                ("system_id", "=", system_id),
                ("source_contract_id", "=", contract_id),
                ("state", "=", "active"),
            ]
        )
        return found.id

    def _make(self, payload):
        """Return the translated payload, unchecked.

        :raises lib.expression.ExpressionError: when it cannot be made.
        :raises lib.errors.UnmappedCodeError: when a code is not mapped yet.
        """
        self.ensure_one()
        Mapping = self.env["integration.mapping"]

        def find(domain, code):
            return Mapping._resolve_many(self.system_id, domain, [code])[code]

        return translate(
            compile_expression(self.expression, TranslationFunctions),
            payload,
            look_up=lambda domain, code: find(domain, code)._get_canonical_code(),
            factor=lambda unit: find("unit", unit).factor,
            timezone=self.system_id.timezone,
        )

    def _translate(self, payload):
        """Return the payload for the target's handler.

        :raises lib.errors.BusinessError: when it cannot be made, or breaks the target
            contract; the message is parked.
        """
        try:
            result = self._make(payload)
        except ExpressionError as error:
            raise self._prepare_error(str(error)) from error
        faults = self.target_contract_id._find_payload_faults(result)
        if faults:
            text = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
            raise self._prepare_error(text)
        return result

    def _prepare_error(self, reason):
        text = self.env._(
            "The translation '%(name)s' cannot be applied: %(reason)s",
            name=self.name,
            reason=reason,
        )
        return BusinessError(text, kind=KIND, fingerprint=f"{self.id}:{reason}")
