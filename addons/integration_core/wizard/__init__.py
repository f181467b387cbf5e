from . import integration_credential_wizard
