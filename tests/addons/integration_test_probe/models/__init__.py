from . import integration_probe
