from . import test_files
from . import test_poll
from . import test_sftp
