"""python -m chaos.cli"""

from chaos.cli import main

main()
