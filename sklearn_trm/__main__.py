"""``python -m sklearn_trm`` is the same as the command ``sklearn-trm``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
