from . import integration_lane
