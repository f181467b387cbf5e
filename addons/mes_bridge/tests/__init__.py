from . import test_execution, test_release
