from . import integration_correction_wizard
from . import integration_evidence_export
