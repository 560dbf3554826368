"""Nothing but the root that pytest needs: the suite's fixtures come from the plugin (chaos/pytest_plugin.py)."""
