"""What runs: the system under test, its links and fakes, and how each is spoken to."""
