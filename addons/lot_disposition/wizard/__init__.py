from . import lot_disposition_contain
from . import lot_disposition_contain_line
from . import lot_disposition_sign_mixin
from . import lot_disposition_sign
from . import lot_disposition_split
from . import lot_disposition_wizard
