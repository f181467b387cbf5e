from odoo import api, models
from odoo.fields import Domain


class IntegrationDashboard(models.AbstractModel):
    """What each total of the traffic is made of, as a list at a click."""

    _inherit = "integration.dashboard"

    @api.model
    def _prepare_total_actions(self, since):
        """Return ``{total: action}``."""
        lists = {
            "accepted": (
                self.env._("Accepted"),
                "integration.message",
                [("received_at", ">=", since), ("admission", "=", "accepted")],
            ),
            "failed": (
                self.env._("Refused or given up"),
                "integration.message",
                self._get_failed_domain(since),
            ),
            **self._get_delivery_lists(since),
            **self._get_rejection_lists(since),
        }
        return {key: self._prepare_list_action(*one) for key, one in lists.items()}

    @api.model
    def _get_failed_domain(self, since):
        refused = Domain("admission", "=", "refused") & Domain("received_at", ">=", since)
        # Given up in this time, whenever it was received.
        died = Domain("outcome", "=", "dead") & Domain("ended_at", ">=", since)
        given_up = Domain("delivery_ids", "any", Domain("attempt_ids", "any", died))
        return list(refused | given_up)

    @api.model
    def _get_delivery_lists(self, since):
        finished = ("finished_at", ">=", since)
        retried = [("outcome", "=", "retry"), ("ended_at", ">=", since)]
        model = "integration.delivery"
        return {
            "done": (
                self.env._("Done"),
                model,
                [finished, ("state", "in", ("done", "ignored"))],
            ),
            "late": (
                self.env._("Later than the target"),
                model,
                [finished, ("is_late", "=", True)],
            ),
            "retry": (
                self.env._("Tried again"),
                model,
                [("attempt_ids", "any", retried)],
            ),
        }

    @api.model
    def _get_rejection_lists(self, since):
        labels = {
            "duplicate": self.env._("Duplicates"),
            "unauthenticated": self.env._("Not authenticated"),
        }
        return {
            kind: (
                label,
                "integration.rejection",
                [("recorded_at", ">=", since), ("kind", "=", kind)],
            )
            for kind, label in labels.items()
        }
