import sys

from local.demo.program import main

if __name__ == "__main__":
    sys.exit(main())
