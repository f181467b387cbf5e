from . import test_access
from . import test_changed_notice
from . import test_receipt
from . import test_refused
from . import test_screens
from . import test_shipment_advised
from . import test_events
