from . import lot_disposition_entry
from . import stock_lot
