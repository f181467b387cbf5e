from . import test_genealogy
from . import test_movements
from . import test_picture
from . import test_production_genealogy
from . import test_recall
from . import test_untracked_genealogy
