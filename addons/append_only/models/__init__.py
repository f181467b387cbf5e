from . import append_only_mixin
