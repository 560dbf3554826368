"""Whether a history of invocations and answers is linearizable, by one of six models; docs/linearizability.md.

`lines.py` and `history.py` read and check a file, `models.py` knows what each operation does, `search.py` looks for an
order of one key's operations, `judge.py` shares the work among keys, `counterexample.py` says why there is no order,
and `command.py` is `chaos linearizable`. It is plain Python that imports little: a hundred short histories are to be
judged in less time than the rest of the engine takes to be imported.
"""
