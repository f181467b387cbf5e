from . import integration_contract
from . import integration_system
