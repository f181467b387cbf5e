from . import test_edges
from . import test_production_edges
from . import test_walk
from . import test_recall
from . import test_ledger
from . import test_epcis_export
from . import test_epcis_endpoint
from . import test_access
