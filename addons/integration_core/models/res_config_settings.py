from odoo import fields, models
from odoo.tools import config

from ..lib.seal import SealKeyError
from ..lib.vault import VaultError, encrypt


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    integration_key_state = fields.Selection(
        [("ready", "Ready"), ("missing", "Missing"), ("malformed", "Malformed")],
        compute="_compute_integration_state",
        string="Encryption key",
    )
    integration_seal_key_state = fields.Selection(
        [("ready", "Ready"), ("missing", "Missing"), ("malformed", "Malformed")],
        compute="_compute_integration_state",
        string="Seal key",
    )
    integration_address = fields.Char(
        compute="_compute_integration_state", string="Address for systems"
    )
    integration_is_server_wide = fields.Boolean(
        compute="_compute_integration_state",
        help="Systems that call while Odoo starts are told to come back.",
    )
    integration_system_count = fields.Integer(compute="_compute_integration_state")
    integration_attention_count = fields.Integer(compute="_compute_integration_state")

    def _compute_integration_state(self):
        keys = self.env["integration.credential"]._get_encryption_keys()
        for settings in self:
            settings.integration_key_state = self._judge_encryption_keys(keys)
            settings.integration_seal_key_state = self._judge_seal_keys()
            settings.integration_address = f"{settings.get_base_url()}/integration/v1"
            settings.integration_is_server_wide = (
                "integration_core" in config["server_wide_modules"]
            )
            settings.integration_system_count = self.env[
                "integration.system"
            ].search_count([("state", "=", "active")])
            settings.integration_attention_count = self.env[
                "integration.delivery"
            ].search_count([("state", "in", ("parked", "dead"))])

    def _judge_encryption_keys(self, keys):
        if not keys:
            return "missing"
        try:
            encrypt(keys, b"")
        except VaultError:
            return "malformed"
        return "ready"

    def _judge_seal_keys(self):
        try:
            keys = self.env["integration.seal"]._get_keys()
        except SealKeyError:
            return "malformed"
        return "ready" if keys else "missing"
