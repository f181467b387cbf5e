from odoo import api, models

PREFIX = "integration"


class IrConfigParameter(models.Model):
    """Settings of the integration, such as four eyes, are put on record too."""

    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        settings._record_settings("created", {})
        return settings

    def write(self, vals):
        before = {setting: setting.value for setting in self}
        result = super().write(vals)
        self._record_settings("changed", before)
        return result

    def unlink(self):
        before = {setting: setting.value for setting in self}
        self._record_settings("deleted", before)
        return super().unlink()

    def _record_settings(self, operation, before):
        """Put on record what changed; keys of others are none of our business."""
        entries = []
        for setting in self.filtered(lambda s: s.key.startswith(PREFIX)):
            old = before.get(setting)
            new = None if operation == "deleted" else setting.value
            if old != new:
                entries.append((setting, {"value": [old, new]}))
        self.env["integration.change"]._record(operation, entries)
