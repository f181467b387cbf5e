from . import signal_rules
