from . import test_alerts
from . import test_dashboard
from . import test_figures
from . import test_metrics
