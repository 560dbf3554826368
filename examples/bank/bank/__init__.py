"""A bank on Restate: the app, the clearing house it calls, and what the suite is told of both."""
