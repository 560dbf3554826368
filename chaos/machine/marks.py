"""The labels and files that identify what a run has left behind."""

RUN_LABEL = "NEXUS_CHAOS_RUN"  # environment variable that marks every process of a run, including grandchildren
SCRATCH_LABEL = "NEXUS_CHAOS_SCRATCH"  # this one names the run's folder, which says whether the run is alive
ENGINE_FILE = "uses-engine"  # in the folder of a run that has something in Docker
ATTACHED_FILE = "attached-to"  # in the folder of a run attached to a Compose stack; names the project
