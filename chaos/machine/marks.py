"""The labels and files by which what a run has left is known, whoever looks for it."""

RUN_LABEL = "NEXUS_CHAOS_RUN"  # environment variable that marks every process of a run, also grandchildren
SCRATCH_LABEL = "NEXUS_CHAOS_SCRATCH"  # and this one names the run's folder, which says whether the run is alive
ENGINE_FILE = "uses-engine"  # in the folder of a run that has something in Docker's engine
ATTACHED_FILE = "attached-to"  # in the folder of a run that breaks a stack of compose's; names the project
