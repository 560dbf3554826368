"""A bank on Restate: the app, the clearing house it calls, and the description of both for the suite."""
