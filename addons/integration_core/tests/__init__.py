from . import test_credentials
from . import test_messages
from . import test_order
from . import test_outbox
from . import test_security
from . import test_sending
from . import test_replay
from . import test_seal
