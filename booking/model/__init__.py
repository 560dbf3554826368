"""The contract as an executable model: for each object, what a call may do to its state and what it may answer.

Pure. What the contract leaves open is open here: a call has a set of lawful outcomes, and where the contract is silent
every outcome is lawful.
"""
