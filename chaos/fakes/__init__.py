"""Third parties that misbehave on command, each a process with rules, a control plane and a durable ledger."""
