"""The contract as an executable model: what docs/contract.md allows, as pure functions of values. Nothing here reads.

Allowed is a set: where the contract is silent everything is allowed. Each rule names its clause.
"""
