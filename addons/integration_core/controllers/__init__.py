from . import dispatcher
from . import messages
