"""The page about scale says what is computed."""

from bench import scale
from bench.deployed import ROOT

PAGE = (ROOT / "docs" / "scale.md").read_text()


def test_the_page_has_the_computed_table() -> None:
    assert scale.table() in PAGE


def test_a_job_takes_a_charge_and_an_end() -> None:
    need = scale.Need(86_400)

    assert need.per_second == 1
    assert need.write_units == 7 + 0.98 * 3 + 0.02 * 7 + 0.01 * 7
