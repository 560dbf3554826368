"""What runs: the system under test, its links and fakes, and the clients for each."""
