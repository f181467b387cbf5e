from odoo import api, fields, models


class IntegrationCorrection(models.Model):
    """One payload that somebody corrected: what came, what it was made. Never edited.

    The message stays as it was sent; its delivery carries the corrected payload.
    """

    _name = "integration.correction"
    _inherit = [
        "append.only.mixin",
        "integration.sealed.mixin",
        "integration.redacted.mixin",
    ]
    _description = "Correction"
    _order = "id desc"
    _rec_name = "reason"
    _sealed_columns = (
        "delivery_id",
        "exception_id",
        "company_id",
        "user_id",
        "corrected_at",
        "reason",
        "before",
        "after",
    )
    _redacted_fields = ("before", "after")

    delivery_id = fields.Many2one(
        "integration.delivery",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    exception_id = fields.Many2one(
        "integration.exception", readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict"
    )
    corrected_at = fields.Datetime(required=True, readonly=True)
    reason = fields.Char(required=True, readonly=True)
    before = fields.Json(string="Came as (data)", readonly=True)
    after = fields.Json(string="Made (data)", readonly=True)

    def _get_redacted_message(self):
        return self.delivery_id.message_id

    @api.model
    def _correct(self, exception, payloads, reason):
        """Give deliveries corrected payloads and let them run again.

        :param payloads: ``{delivery: payload}``; each satisfies its contract already.
        """
        deliveries = self.env["integration.delivery"].union(*payloads)
        deliveries._check_may_decide()
        now = fields.Datetime.now()
        # Nobody writes this ledger or the work list by hand; this is the way in, with
        # values that are all built here.
        self.sudo().create(
            [
                {
                    "delivery_id": delivery.id,
                    "exception_id": exception.id,
                    "company_id": delivery.company_id.id,
                    "user_id": self.env.uid,
                    "corrected_at": now,
                    "reason": reason,
                    "before": delivery._get_own_payload(),
                    "after": payload,
                }
                for delivery, payload in payloads.items()
            ]
        )
        # Checked above: operators correct through this only, and leave a trail.
        for delivery, payload in payloads.items():
            delivery.sudo().payload = payload
        deliveries._release()
