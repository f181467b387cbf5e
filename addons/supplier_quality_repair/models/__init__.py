from . import quality_nonconformance_decision
