from . import test_decisions
from . import test_mapping
from . import test_reconciliation
from . import test_resolving
from . import test_screens
from . import test_snapshot
from . import test_events
from . import test_plants
