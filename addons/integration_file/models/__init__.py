from . import integration_feed_mixin
from . import integration_file_source
from . import integration_file_taking
from . import integration_file_pickup
from . import integration_poll
