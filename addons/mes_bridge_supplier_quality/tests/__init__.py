from . import test_inspected
