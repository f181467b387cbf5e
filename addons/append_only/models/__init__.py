from . import append_only_mixin
from . import guarded_fields_mixin
