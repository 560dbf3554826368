"""What a run is to do: the plan, its steps and what it expects."""
