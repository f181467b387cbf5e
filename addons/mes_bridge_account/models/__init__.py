from . import mes_order
