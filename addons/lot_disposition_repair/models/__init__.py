from . import lot_disposition_permit
from . import stock_move
