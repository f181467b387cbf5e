from . import test_shipment_advised
from . import test_receipt
