from odoo import api, models

from ..shadow import EffectRecorder


class Base(models.AbstractModel):
    """Every write passes here: ownership holds and shadow runs are recorded whichever
    handler wrote, so that neither can be forgotten."""

    _inherit = "base"
    # Of records that only repeat what others say (a balance, a log of what a system
    # reported), False: two flows that do the same need not agree about them.
    _is_business_effect = True

    def _is_machine_write(self):
        """Tell whether a system's service user writes; a look into a cache."""
        if not self.env.registry.ready or self.env.uid == 1:
            return False
        return self.env.uid in self.env["integration.ownership"]._get_service_users()

    @api.model_create_multi
    def create(self, vals_list):
        machine = self._is_machine_write()
        if machine and not self.env.context.get("integration_ownership_waived"):
            self.env["integration.ownership"]._guard_existence(self, "create")
        records = super().create(vals_list)
        if machine and (recorder := EffectRecorder.of(self.env.cr)):
            recorder.note_created(records, vals_list)
        return records

    def write(self, vals):
        if not self or not self._is_machine_write():
            return super().write(vals)
        if not self.env.context.get("integration_ownership_waived"):
            vals = self.env["integration.ownership"]._guard_write(self, vals)
            if not vals:
                return True
        recorder = EffectRecorder.of(self.env.cr)
        if not recorder:
            return super().write(vals)
        before = recorder.read_plain(self, vals)
        result = super().write(vals)
        recorder.note_written(self, before, vals)
        return result

    def unlink(self):
        if self and self._is_machine_write():
            if not self.env.context.get("integration_ownership_waived"):
                self.env["integration.ownership"]._guard_existence(self, "unlink")
            if recorder := EffectRecorder.of(self.env.cr):
                recorder.note_deleted(self)
        return super().unlink()
