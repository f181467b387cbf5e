from . import test_resolving
from . import test_snapshot
from . import test_reconciliation
