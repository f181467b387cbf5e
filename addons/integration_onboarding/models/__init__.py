from . import integration_system
