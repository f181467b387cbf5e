from odoo import models


class IntegrationRedactedMixin(models.AbstractModel):
    """Records that repeat what a message holds, perhaps members that a policy hides.

    Inherit it and name the fields. Who may see what is decided by the addon
    ``integration_audit``; without it everything is shown.
    """

    _name = "integration.redacted.mixin"
    _description = "Redacted Mixin"

    # Fields with (parts of) a payload.
    _redacted_fields = ()

    def _get_redacted_message(self):
        """Return the message whose policies decide, for one record; may be empty."""
        raise NotImplementedError
