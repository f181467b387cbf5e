from . import integration_benchmark
