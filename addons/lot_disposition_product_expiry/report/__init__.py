from . import report_stock_quantity
