from . import test_guard
from . import test_concurrency
from . import test_ledger
from . import test_reservation
