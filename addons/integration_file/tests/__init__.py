from . import test_allowance
from . import test_feed_access
from . import test_files
from . import test_hostile_files
from . import test_poll
from . import test_sftp
