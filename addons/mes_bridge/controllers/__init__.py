from . import b2mml
from . import signal_rules
