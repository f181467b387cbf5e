from odoo import fields, models
from odoo.exceptions import AccessDenied, UserError

from ..lib.signature import Signature
from ..models.lot_disposition_approval import MEANING


class LotDispositionSignMixin(models.AbstractModel):
    """Asks for the password again before something is signed (21 CFR 11.200).

    The password is never stored: the button sends it in its context, as Odoo's own
    identity check does.
    """

    _name = "lot.disposition.sign.mixin"
    _description = "Electronic Signature"

    meaning = fields.Selection(MEANING, default="approval")
    password = fields.Char(store=False)

    def _sign(self):
        """Return the user's ``Signature``.

        :raises UserError: when the password is wrong.
        """
        user = self.env.user
        credential = {
            "type": "password",
            "login": user.login,
            "password": self.env.context.get("password") or "",
        }
        try:
            # Guessing is slowed down as at the login.
            with user._assert_can_auth(user=user.id):
                user._check_credentials(credential, {"interactive": True})
        except AccessDenied:
            raise UserError(
                self.env._("The password is not right: nothing was signed.")
            ) from None
        return Signature(
            user.id, user.name, self.meaning or "approval", fields.Datetime.now()
        )
