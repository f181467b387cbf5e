from . import integration_dashboard
from . import integration_exception
from . import integration_handler_production
from . import mes_event
from . import mes_order
from . import mrp_production
