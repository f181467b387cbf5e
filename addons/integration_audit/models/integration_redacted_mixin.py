from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..lib import redaction

CLEARED = (
    "integration_audit.integration_audit_group_cleared",
    # Machines see no more than what they sent or are to work on.
    "integration_core.integration_core_group_service",
)


class IntegrationRedactedMixin(models.AbstractModel):
    """Records of the log that show people only what policies leave open.

    What is stored stays whole, and so does what handlers and the sender work with; what
    is read by people, exported or searched for is not.
    """

    _name = "integration.redacted.mixin"
    _description = "Redacted Mixin"

    # Fields with (parts of) a payload.
    _redacted_fields = ()

    def _get_redacted_message(self):
        """Return the message whose policies decide, for one record."""
        raise NotImplementedError

    @api.model
    def _is_cleared(self):
        return self.env.su or any(self.env.user.has_group(group) for group in CLEARED)

    def _get_redaction_rules(self):
        """Return the paths to hide from the present user; none for those cleared."""
        if self._is_cleared():
            return ()
        # Which members are hidden is no secret, and who reads them need not see policies.
        message = self.sudo()._get_redacted_message()
        return self.env["integration.policy"]._get_redaction_rules(
            message.direction, message.contract_code, message.system_id.id
        )

    def _redact_value(self, value, rules):
        """Hide by path, and wherever a hidden value is repeated."""
        # The whole payload tells what to look for; it does not leave this method.
        payload = self.sudo()._get_redacted_message().payload
        secrets = redaction.find_secrets(payload, rules)
        return redaction.hide_everywhere(redaction.redact(value, rules), secrets)

    def _read_format(self, fnames, load="_classic_read"):
        rows = super()._read_format(fnames, load)
        names = set(self._redacted_fields) & set(fnames)
        if names and not self._is_cleared():
            for record, row in zip(self, rows, strict=True):
                rules = record._get_redaction_rules()
                for name in names if rules else ():
                    row[name] = record._redact_value(row[name], rules)
        return rows

    def export_data(self, fields_to_export):
        """Refuse what cannot be exported without what is hidden.

        :raises AccessError: for people who are not cleared.
        """
        if set(self._redacted_fields) & set(fields_to_export):
            self._refuse_unless_cleared()
        return super().export_data(fields_to_export)

    @api.model
    def _search(self, domain, *args, **kwargs):
        hidden = {"payload", "result", "problem", *self._redacted_fields}
        if not self._is_cleared() and any(
            condition.field_expr.split(".")[0] in hidden
            for condition in Domain(domain).iter_conditions()
        ):
            self._refuse_unless_cleared()
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _refuse_unless_cleared(self):
        if not self._is_cleared():
            raise AccessError(
                self.env._(
                    "Payloads may hold what a policy hides: only the group 'Sees hidden "
                    "members' exports them or searches in them."
                )
            )
