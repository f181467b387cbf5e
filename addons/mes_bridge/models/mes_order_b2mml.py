from odoo import fields, models

from odoo.addons.integration_core.lib.envelope import write_moment

from ..lib.b2mml import Envelope, write_schedule


class MesOrder(models.Model):
    """An order in B2MML, for those who ask for it in that form."""

    _inherit = "mes.order"

    def _prepare_b2mml_schedule(self):
        """Return the order as a Process-, Change- or CancelOperationsSchedule."""
        self.ensure_one()
        verb = "Process" if self.release_number == 1 else "Change"
        if self.state == "cancelled":
            verb = "Cancel"
        envelope = Envelope(
            sender=self.company_id.name,
            created_at=write_moment(fields.Datetime.now()),
            document_id=f"{self.name}-{self.release_number}",
        )
        payload = self.production_id._prepare_released_payload(self)
        return write_schedule([payload], envelope, verb)
