from . import base_partner_merge
from . import quality_containment_wizard
from . import quality_corrective_return
from . import quality_demand_wizard
from . import quality_result_import
