from . import stock_move_line
from . import traceability_edge
