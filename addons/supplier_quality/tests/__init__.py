from . import test_messages
from . import test_receipts
