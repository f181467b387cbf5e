from . import dispatcher
from . import messages
from . import openapi
from . import unavailable
