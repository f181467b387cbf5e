from . import lot_disposition_entry
from . import product_product
from . import stock_location
from . import stock_lot
from . import stock_move
from . import stock_move_line
from . import stock_quant
