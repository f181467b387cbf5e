from . import test_asyncapi
from . import test_onboarding
from . import test_portal
