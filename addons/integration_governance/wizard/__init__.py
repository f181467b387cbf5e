from . import integration_config_file
from . import integration_contract_deprecate
