from . import mrp_production
from . import quality_inspection
from . import quality_nonconformance
from . import stock_move_line
