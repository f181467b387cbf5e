from odoo.exceptions import UserError


class LotOnHoldError(UserError):
    """Goods may not be used that way. The message names them, the reason, the way out."""
