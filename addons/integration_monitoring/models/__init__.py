from . import integration_flow_mixin
from . import integration_flow_hour
from . import integration_flow_total
from . import integration_flow_cursor
from . import integration_flow_baseline
from . import integration_alert_rule
from . import integration_alert
from . import integration_dashboard
