"""Chaos and fault injection for durable execution: plans in, evidence and verdicts out."""
