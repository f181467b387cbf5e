import re

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

    _inherit = "integration.redacted.mixin"

    @api.model
    def _is_cleared(self):
        return self.env.su or any(self.env.user.has_group(group) for group in CLEARED)

    def _get_redaction_rules(self):
        """Return the paths to hide from the present user; none for those cleared."""
        # Which members are hidden is no secret, and who reads them need not see policies.
        return () if self._is_cleared() else self.sudo()._find_redaction_rules()

    def _find_redaction_rules(self):
        """Return the paths that are hidden from those who are not cleared."""
        message = self._get_redacted_message()
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

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """Refuse what cannot be exported without what is hidden, wherever it begins.

        :raises AccessError: for people who are not cleared.
        """
        for path in filter(None, fields):
            self._refuse_if_hidden(path[0])
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)

    def copy_data(self, default=None):
        """Return the values of copies, for clients too: without what may be hidden."""
        copies = super().copy_data(default)
        if self._is_cleared():
            return copies
        return [
            {name: vals[name] for name in vals.keys() - {*self._redacted_fields}}
            for vals in copies
        ]

    def onchange(self, values, field_names, fields_spec):
        """Refuse to tell by the way of a form what reading does not.

        :raises AccessError: for people who are not cleared.
        """
        for name in fields_spec:
            self._refuse_if_hidden(name)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su:
            for condition in Domain(domain).iter_conditions():
                self._refuse_if_hidden(condition.field_expr)
        return super()._search(domain, *args, **kwargs)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        self._refuse_if_hidden(field_name)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _read_group_groupby(self, alias, groupby_spec, query):
        self._refuse_if_hidden(groupby_spec)
        return super()._read_group_groupby(alias, groupby_spec, query)

    def _read_group_select(self, aggregate_spec, query):
        self._refuse_if_hidden(aggregate_spec)
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _refuse_if_hidden(self, expression):
        """Let nobody find out by asking what reading does not tell.

        :param expression: of a field, as domains, orders and groupings name it.
        :raises AccessError: for people who are not cleared.
        """
        if (
            re.match(r"\w*", expression)[0] in self._redacted_fields
            and not self._is_cleared()
            and self.env["integration.policy"]._hides_anything()
        ):
            raise AccessError(
                self.env._(
                    "Payloads may hold what a policy hides: only the group 'Sees hidden "
                    "members' exports them, or searches, sorts and groups by them."
                )
            )
