from . import test_receipt
from . import test_receipt_correction
from . import test_verdict
from . import test_results_by_message
from . import test_plan
from . import test_nonconformance
from . import test_security
from . import test_contracts
