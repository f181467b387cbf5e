from . import integration_config_file
