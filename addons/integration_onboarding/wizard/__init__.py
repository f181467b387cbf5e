from . import integration_console
from . import integration_onboarding
