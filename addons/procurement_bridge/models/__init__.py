from . import integration_handler_shipment_advised
from . import procurement_shipment_notice
from . import procurement_shipment_notice_line
from . import purchase_order
from . import purchase_order_line
from . import stock_move
from . import stock_move_line
from . import stock_picking
