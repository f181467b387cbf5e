from . import integration_correction_wizard
from . import integration_credential_wizard
from . import integration_decision_wizard
from . import integration_exception_summary
from . import integration_mapping_file
from . import integration_mapping_wizard
from . import integration_mapping_wizard_suggestion
from . import integration_settle_wizard
