from . import test_lane_jobs
