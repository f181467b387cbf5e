from . import asyncapi
from . import portal
