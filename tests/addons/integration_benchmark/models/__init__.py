from . import integration_benchmark
from . import integration_handler_benchmark_touched
from . import mrp_production
from . import stock_picking
from . import integration_benchmark_wait
from . import integration_handler_benchmark_noted
