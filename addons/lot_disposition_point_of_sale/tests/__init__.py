from . import test_counter
