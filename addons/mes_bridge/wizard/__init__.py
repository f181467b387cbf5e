from . import change_production_qty
from . import mes_signal_preview
