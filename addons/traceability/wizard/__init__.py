from . import traceability_epcis_export
