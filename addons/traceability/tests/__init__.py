from . import test_genealogy
from . import test_picture
from . import test_recall
