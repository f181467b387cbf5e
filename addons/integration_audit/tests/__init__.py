from . import test_anchor
from . import test_changes
from . import test_coverage
from . import test_evidence
from . import test_redaction
