import random
from datetime import timedelta

from odoo import api, fields, models

# From the question to the answer; a mock recall over it loses a grade.
GRADES = (("a", 0.999, 60), ("b", 0.99, 3600), ("c", 0.95, 4 * 3600))


class TraceabilityRecall(models.Model):
    """What follows the answer: letters, what comes back, mock recalls and their grade."""

    _inherit = "traceability.recall"

    effectiveness = fields.Float(
        compute="_compute_effectiveness",
        digits=(5, 4),
        help="Recovered of what customers had, averaged over products.",
    )
    notice_count = fields.Integer(compute="_compute_notice_count", string="Letters")
    grade = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")],
        readonly=True,
        copy=False,
        help="A: 99.9 % accounted for, contained or closed within a minute. B: 99 %, an "
        "hour. C: 95 %, four hours. D: anything else.",
    )

    @api.depends("state", "customer_ids.recovered_quantity", "customer_ids.quantity")
    def _compute_effectiveness(self):
        for recall in self:
            # Before anybody is asked to send something back there is nothing to count.
            asked = recall.state in ("contained", "closed")
            recall.effectiveness = (
                recall.customer_ids._get_effectiveness() if asked else 0.0
            )

    @api.depends("notice_ids")
    def _compute_notice_count(self):
        for recall in self:
            recall.notice_count = len(recall.notice_ids)

    def action_prepare_letters(self):
        """Write a letter to each customer, to be read before it is sent."""
        self.ensure_one()
        self.env["traceability.recall.notice"]._prepare_letters(self)
        return self.action_open_letters()

    def action_open_letters(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Letters of %s", self.name),
            "res_model": "traceability.recall.notice",
            "view_mode": "list,form",
            "domain": [("recall_id", "=", self.id)],
            "context": {"default_recall_id": self.id},
        }

    def action_close(self):
        """End the recall and, of a mock recall, say how well it went."""
        result = super().action_close()
        for recall in self.filtered(lambda recall: recall.mode == "drill"):
            # Nobody grades by hand; who closes it may, see above.
            recall.sudo().grade = recall._get_grade(fields.Datetime.now())
        return result

    def _get_grade(self, moment):
        """Return how well a recall went: how much is accounted for, and how soon."""
        self.ensure_one()
        seconds = (moment - self.create_date).total_seconds()
        for grade, share, limit in GRADES:
            if self.accounted_share >= share and seconds <= limit:
                return grade
        return "d"

    @api.model
    def _cron_mock_recall(self):
        """Ask where a lot went that was shipped lately; quality answers and closes it."""
        for company in self.env["res.company"].search([]):
            self.with_company(company)._start_mock_recall(company)

    @api.model
    def _start_mock_recall(self, company):
        shipped = self.env["traceability.edge"].search(
            [
                ("kind", "=", "shipment"),
                ("input_lot_id", "!=", False),
                ("company_id", "=", company.id),
                ("occurred_at", ">=", fields.Datetime.now() - timedelta(days=365)),
            ],
            limit=500,
        )
        if not shipped:
            return self.browse()
        found = self.env["traceability.edge"].trace(
            random.choice(shipped).input_lot_id,  # noqa: S311 - which one, not a secret
            "backward",
        )
        recall = self.create(
            {
                "mode": "drill",
                "lot_id": random.choice(found.lot_ids),  # noqa: S311
                "company_id": company.id,
                "reason": self.env._("Mock recall"),
            }
        )
        recall.action_run()
        managers = self.env.ref(
            "lot_disposition.lot_disposition_group_manager"
        ).user_ids
        recall.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Mock recall: check the answer and close it"),
            user_id=managers[:1].id or self.env.uid,
        )
        return recall
