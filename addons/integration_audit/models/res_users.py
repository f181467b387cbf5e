from odoo import models


class ResUsers(models.Model):
    """Who gets and loses a role of the integration is put on record."""

    _inherit = "res.users"

    def write(self, vals):
        before = self._get_integration_roles() if "group_ids" in vals else {}
        result = super().write(vals)
        if "group_ids" in vals:
            after = self._get_integration_roles()
            self.env["integration.change"]._record(
                "changed",
                # Who gives roles need not read every field of a user.
                [
                    (user, {"group_ids": [before[user.id], after[user.id]]})
                    for user in self.sudo()
                    if before[user.id] != after[user.id]
                ],
            )
        return result

    def _get_integration_roles(self):
        """Return ``{user id: names of the roles}`` of the addons of this suite."""
        # Which roles people have is put on record, whoever changes them.
        users = self.sudo()
        xmlids = users.all_group_ids.get_external_id()
        return {
            user.id: sorted(
                xmlids[group.id]
                for group in user.all_group_ids
                if xmlids[group.id].startswith(("integration_", "lot_disposition"))
            )
            for user in users
        }
