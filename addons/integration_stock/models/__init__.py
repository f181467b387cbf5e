from . import integration_discrepancy
from . import integration_handler
from . import integration_handler_stock_snapshot
from . import integration_reconciliation
from . import integration_reconciliation_source_stock
from . import integration_system
from . import stock_move_line
