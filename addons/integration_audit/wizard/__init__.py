from . import integration_evidence_export
