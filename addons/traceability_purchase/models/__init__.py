from . import stock_move_line
from . import traceability_edge
from . import traceability_lot_event
