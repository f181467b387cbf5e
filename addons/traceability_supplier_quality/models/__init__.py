from . import quality_nonconformance
from . import traceability_recall
