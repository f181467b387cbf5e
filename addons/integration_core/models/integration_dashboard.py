from odoo import api, models

SEVERITIES = ("ok", "info", "warning", "danger")


class IntegrationDashboard(models.AbstractModel):
    """What people who run a plant have to see first. Every addon adds its tiles."""

    _name = "integration.dashboard"
    _description = "Operations Dashboard"

    @api.model
    def _get_operations_tiles(self) -> list[dict]:
        """Return the tiles, most pressing first within an addon. A hook.

        Extend it and add tiles made by `_prepare_tile`; count as the present user, so
        that a tile shows nothing which a click would not.
        """
        Exceptions = self.env["integration.exception"]
        if not Exceptions.has_access("read"):
            return []
        return [
            self._prepare_tile(
                "line_stop",
                self.env._("Waiting messages of flows that stop the line"),
                "integration.delivery",
                self._get_line_stop_domain(),
                danger_from=1,
            ),
            self._prepare_tile(
                "overdue",
                self.env._("Exceptions past their deadline"),
                "integration.exception",
                [("is_overdue", "=", True)],
                danger_from=1,
            ),
            self._prepare_tile(
                "unowned",
                self.env._("Exceptions nobody owns"),
                "integration.exception",
                [("state", "=", "open"), ("user_id", "=", False)],
                warning_from=1,
            ),
            self._prepare_tile(
                "parked",
                self.env._("Messages that wait for a decision"),
                "integration.delivery",
                [("state", "=", "parked")],
                warning_from=1,
            ),
            self._prepare_tile(
                "dead",
                self.env._("Messages that were given up"),
                "integration.delivery",
                [("state", "=", "dead")],
                danger_from=1,
            ),
            self._prepare_tile(
                "discrepancies",
                self.env._("Open differences to other systems"),
                "integration.discrepancy",
                [("state", "in", ("open", "approved"))],
                warning_from=1,
            ),
            *self._get_credential_tiles(),
        ]

    @api.model
    def _get_credential_tiles(self):
        Credentials = self.env["integration.credential"]
        if not Credentials.has_access("read"):
            return []
        return [
            self._prepare_tile(
                "credentials",
                self.env._("Secrets that end within two weeks"),
                "integration.credential",
                [("id", "in", Credentials._find_ending().ids)],
                warning_from=1,
            )
        ]

    @api.model
    def _get_line_stop_domain(self):
        """Return what is not getting through although production depends on it."""
        # Which flows are critical is no secret to whoever sees their messages.
        codes = (
            self.env["integration.policy"]
            .sudo()
            .search([("criticality", "=", "line_stop"), ("state", "=", "active")])
            .mapped("contract_code")
        )
        return [
            ("state", "in", ("parked", "dead")),
            ("contract_id.code", "in", [code for code in codes if code]),
        ]

    @api.model
    def _prepare_tile(
        self,
        key,
        label,
        model,
        domain,
        *,
        value=None,
        warning_from=None,
        danger_from=None,
        hint="",
    ):
        """Return a tile that counts records and opens them at a click.

        :param value: how many there are, where counting the domain would take long.
        :param warning_from: from this many on it is yellow; ``danger_from``: red.
        """
        if value is None:
            value = self.env[model].search_count(domain)
        severity = "ok"
        if danger_from is not None and value >= danger_from:
            severity = "danger"
        elif warning_from is not None and value >= warning_from:
            severity = "warning"
        return {
            "key": key,
            "label": label,
            "value": value,
            "severity": severity,
            "hint": hint,
            "action": self._prepare_list_action(label, model, domain),
        }

    @api.model
    def _prepare_list_action(self, name, model, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "domain": domain,
            "views": [[False, "list"], [False, "form"]],
            "target": "current",
        }
