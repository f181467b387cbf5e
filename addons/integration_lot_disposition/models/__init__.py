from . import integration_handler_lot_disposition_decided
from . import integration_system
from . import lot_disposition_approval
from . import lot_disposition_entry
from . import lot_disposition_impact
from . import lot_disposition_permit_use
from . import stock_lot
