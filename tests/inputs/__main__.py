"""`python -m tests.inputs`: the table of all bad inputs."""

import sys

from tests.inputs.catalogue import ROWS


def main() -> None:
    for row in ROWS:
        test = row.shown_by.removeprefix("tests.")
        sys.stdout.write(f"{row.number}  {row.what!a:<60} {row.answer!a:<70} {test}\n")


if __name__ == "__main__":
    main()
