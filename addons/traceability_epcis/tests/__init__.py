from . import test_capture
from . import test_genealogy
from . import test_query
