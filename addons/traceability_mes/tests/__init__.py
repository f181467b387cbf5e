from . import test_mes
