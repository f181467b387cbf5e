from . import integration_handler_production_inspected
from . import mes_event
from . import mes_order
