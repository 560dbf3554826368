"""What the harness costs, and what the stack can do: one benchmark a file. Run `make bench`."""
