from . import test_config_file
from . import test_contract
from . import test_four_eyes
from . import test_ownership
from . import test_screens
from . import test_shadow
from . import test_shadow_comparison
