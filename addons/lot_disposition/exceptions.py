from odoo.exceptions import UserError


class LotOnHoldError(UserError):
    """A lot may not be used that way. The message names lot, reason and way out."""
