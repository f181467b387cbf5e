from . import test_day
from . import test_decisions
from . import test_downtime
from . import test_execution
from . import test_release
from . import test_signal
from . import test_snapshot
from . import test_traps
