from . import test_capture
from . import test_genealogy
from . import test_own_context
from . import test_own_events
from . import test_query
