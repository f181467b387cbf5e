from . import one_insert
