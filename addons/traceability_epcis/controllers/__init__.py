from . import epcis
from . import epcis_capture
from . import epcis_download
from . import epcis_query
