"""Long runs of independent jobs: processes, a store that keeps each result, and the map that resumes from it."""

from .processes import map_unordered
from .resumable import Job, chain_resumable, map_resumable, sample_jobs
from .store import Store

__all__ = ["Job", "Store", "chain_resumable", "map_resumable", "map_unordered", "sample_jobs"]
