"""The Nexus booking system: one Restate service a file, all of them behind one ASGI app, `services.app:app`."""
