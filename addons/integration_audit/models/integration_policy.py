from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..lib.redaction import RedactionError, parse_rules


class IntegrationPolicy(models.Model):
    """Which members of a flow's payloads people do not see."""

    _inherit = "integration.policy"

    redacted_members = fields.Text(
        string="Hidden members",
        help="Paths below 'data', one a line, like customer.email or lines[].price. "
        "People without the group 'Sees hidden members' see ••• in their place.",
    )

    @api.constrains("redacted_members")
    def _check_redacted_members(self):
        for policy in self:
            try:
                parse_rules(policy.redacted_members or "")
            except RedactionError as error:
                raise ValidationError(str(error)) from error

    @api.model
    @ormcache()
    def _hides_anything(self):
        """Return whether any policy of any company hides a member."""
        # As below: whether something is hidden is no secret.
        return bool(self.sudo().search_count([("redacted_members", "!=", False)], limit=1))

    @api.model
    @ormcache("direction", "code", "system_id")
    def _get_redaction_rules(self, direction, code, system_id):
        """Return the paths that any policy of a flow hides.

        An outbound message has many receivers: what is hidden for one is hidden.
        """
        domain = [
            ("direction", "=", direction),
            ("contract_code", "in", (code, False)),
            ("redacted_members", "!=", False),
        ]
        if direction == "in":
            domain.append(("system_id", "in", (system_id, False)))
        # Read for whoever reads a message, which may be people without a right to
        # read policies; the paths alone leave this method.
        texts = self.sudo().search(domain).mapped("redacted_members")
        return parse_rules("\n".join(texts))
