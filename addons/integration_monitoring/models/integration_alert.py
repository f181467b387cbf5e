from odoo import Command, api, fields, models


class IntegrationAlert(models.Model):
    """Something that is wrong now, told once, and closed when it is over."""

    _name = "integration.alert"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Alert"
    _order = "state desc, id desc"

    name = fields.Char(required=True, readonly=True)
    rule_id = fields.Many2one(
        "integration.alert.rule", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    system_id = fields.Many2one(
        "integration.system", readonly=True, index="btree_not_null", ondelete="set null"
    )
    key = fields.Char(required=True, readonly=True)
    criticality = fields.Selection(related="rule_id.criticality")
    state = fields.Selection(
        [("closed", "Over"), ("open", "Open")],
        required=True,
        readonly=True,
        default="open",
        tracking=True,
    )
    value = fields.Float(readonly=True, digits=(16, 1))
    threshold = fields.Float(related="rule_id.threshold")
    opened_at = fields.Datetime(required=True, readonly=True)
    closed_at = fields.Datetime(readonly=True)

    _one_open_index = models.UniqueIndex("(rule_id, key) WHERE state = 'open'")

    @api.model
    def _synchronize(self, rule, violations):
        """Bring the alerts of a rule in line with what was found just now.

        :param violations: ``{key: (text, value, company, system)}``
        """
        known = {
            alert.key: alert
            for alert in self.search(
                [("rule_id", "=", rule.id), ("state", "=", "open")]
            )
        }
        for key, violation in violations.items():
            if key in known:
                known.pop(key).value = violation[1]
            else:
                self.create(self._prepare_vals(rule, key, *violation))._tell()
        for alert in known.values():
            alert._close()

    @api.model
    def _prepare_vals(self, rule, key, text, value, company, system):
        return {
            "name": f"{rule.name}: {text}",
            "rule_id": rule.id,
            "company_id": company.id,
            "system_id": system.id,
            "key": key,
            "value": value,
            "opened_at": fields.Datetime.now(),
        }

    def _tell(self):
        """Give an activity to everybody whom the rule names, and send one mail."""
        people = self.rule_id._get_recipients(self.company_id, self.system_id)
        for person in people:
            self.activity_schedule(
                "mail.mail_activity_data_todo", user_id=person.id, summary=self.name
            )
        self.env["mail.mail"].create(
            {
                "subject": self.name,
                "body_html": self.env["ir.qweb"]._render(
                    "integration_monitoring.integration_alert_mail", {"alert": self}
                ),
                "recipient_ids": [Command.set(people.partner_id.ids)],
                "auto_delete": False,
            }
        )

    def _close(self):
        self.write({"state": "closed", "closed_at": fields.Datetime.now()})
        self.activity_unlink(["mail.mail_activity_data_todo"])
