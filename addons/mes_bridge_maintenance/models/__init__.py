from . import maintenance_equipment
from . import mes_downtime
from . import res_company
from . import res_config_settings
