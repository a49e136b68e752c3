"""A waiver holds to the end of its last day, UTC."""

from __future__ import annotations

from datetime import date

import pytest
from small_record import record, verdict, waiver

from pytest_robust.risk.waivers import covering, day_of, days_left, expired, holds, waived

DAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("expires", "left"),
    [("2026-11-25", -1), ("2026-11-26", 0), ("2026-11-27", 1), ("2027-11-26", 365), ("next spring", None), ("", None)],
)
def test_it_holds_on_its_last_day_and_no_longer(expires: str, left: int | None) -> None:
    one = waiver("a", expires=expires)
    assert days_left(one, DAY) == left
    assert holds(one, DAY) is (left is not None and left >= 0)
    assert not holds(one, None)


def test_the_day_is_that_of_the_run_in_utc() -> None:
    late = "2026-11-26T23:30:00-03:00"
    assert day_of(late) == date(2026, 11, 27)
    assert day_of("2026-11-26T23:30:00Z") == DAY
    one = waiver("s::c::p", expires="2026-11-26")
    assert expired(record(verdict("FAIL"), waivers=[one], started=late)) == [one]
    assert expired(record(verdict("FAIL"), waivers=[one], started="2026-11-26T23:30:00+00:00")) == []


def test_of_several_the_one_that_holds_longest_covers_a_check() -> None:
    first, longest, gone = (waiver("a", expires=day) for day in ("2026-12-01", "2027-01-01", "2020-01-01"))
    assert covering([first, longest, gone], DAY) == covering([longest, first], DAY) == {"a": longest}
    assert covering([gone], DAY) == {}


def test_what_passes_or_ends_in_an_error_is_not_waived() -> None:
    found = [
        verdict(outcome, check=f"s::c::{outcome[0]}")
        for outcome in ("PASS", "FAIL", "INCONCLUSIVE", "NOT RUN", "ERROR")
    ]
    one = waiver(*(each.id for each in found))
    assert waived(record(*found, waivers=[one])) == {"s::c::F": one, "s::c::I": one, "s::c::N": one}


def test_a_waiver_of_a_run_whose_day_is_not_known_does_not_hold() -> None:
    one = waiver("s::c::p")
    found = record(verdict("FAIL"), waivers=[one], started="<script>")
    assert expired(found) == [one]
    assert waived(found) == {}
