from . import models
from .hooks import hand_over, take_back
