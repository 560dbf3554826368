"""The payment gateway and the mailer that misbehave on command, each a process with a durable ledger."""
