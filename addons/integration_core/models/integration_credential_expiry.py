from datetime import timedelta

from odoo import api, fields, models

WARN_DAYS = 14
ACTIVITY = "mail.mail_activity_data_warning"


class IntegrationCredential(models.Model):
    """Somebody hears that a secret ends while there is time to make a new one."""

    _inherit = "integration.credential"

    warned_until = fields.Datetime(
        readonly=True, copy=False, help="The end of validity that somebody was told of."
    )

    @api.model
    def _find_ending(self, days=WARN_DAYS, systems=None):
        """Return secrets that end within days, or ended as long ago, with no successor.

        :param systems: of these only; default: of every active one.
        """
        now = fields.Datetime.now()
        within = timedelta(days=days)
        of = (
            ("system_id.state", "=", "active")
            if systems is None
            else ("system_id", "in", systems.ids)
        )
        ending = self.search(
            [
                ("revoked_at", "=", False),
                ("valid_until", ">", now - within),
                ("valid_until", "<=", now + within),
                of,
            ],
            order="valid_until",
        )
        return ending.filtered(lambda credential: not credential._is_followed(now + within))

    def _is_followed(self, moment):
        """Tell whether another secret of its kind will still be in force."""
        return any(
            (other.kind, other.usage) == (self.kind, self.usage)
            and not other.revoked_at
            and (not other.valid_until or other.valid_until > moment)
            for other in self.system_id.credential_ids - self
        )

    @api.model
    def _cron_warn(self):
        """Tell of each end once."""
        ending = self._find_ending()
        ending.filtered(lambda c: c.warned_until != c.valid_until)._warn()

    def _warn(self):
        for credential in self:
            for person in credential.system_id._get_responsibles():
                credential.system_id.activity_schedule(
                    ACTIVITY,
                    date_deadline=credential.valid_until.date(),
                    summary=self.env._("Secret %s ends", credential.display_name),
                    note=self.env._(
                        "From %s (UTC) on nothing that is sent with it is taken. Make a "
                        "new one: both are valid until then.",
                        credential.valid_until,
                    ),
                    user_id=person.id,
                )
            credential.warned_until = credential.valid_until
