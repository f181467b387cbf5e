from . import mes_signal_preview
