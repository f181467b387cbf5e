from . import lot_disposition_wizard
