from . import test_subcontracting
from . import test_subcontracting_history
