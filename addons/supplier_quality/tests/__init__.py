from . import test_certificates
from . import test_corrective_action
from . import test_entry
from . import test_messages
from . import test_nonconformance
from . import test_receipts
from . import test_sampling
from . import test_vendors
