"""Which events of an iCalendar file make busy, when, and with which profile."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from katalog.domain import ical
from katalog.domain.absence import Period
from katalog.domain.feed import NotACalendar
from katalog.domain.presence import Busy

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WORDS = {"Lunch": "lunch", "semester": "holiday", "arbetar hemma": "home"}
NINE_TO_TEN = "DTSTART:20260922T070000Z|DTEND:20260922T080000Z"
NINE = ["2026-09-22 09:00–10:00"]


def at(local: str) -> float:
    return datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp()


def period(begin: str, end: str) -> Period:
    return Period(at(begin), at(end))


AUTUMN = period("2026-09-20", "2026-11-20")


def file(*components: str, head: str = "") -> bytes:
    """Each an event, its lines parted by `|`; or what begins with BEGIN as it is."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//test//SV", *head.split("|")]
    for number, component in enumerate(components):
        if component.startswith("BEGIN:"):
            lines += component.split("|")
            continue
        given = component.split("|")
        uid = [] if any(line.startswith("UID") for line in given) else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, *given, "END:VEVENT"]
    return "\r\n".join([*[line for line in lines if line], "END:VCALENDAR", ""]).encode()


def read(*components: str, head: str = "", window: Period = AUTUMN, owner: str = "") -> list[Busy]:
    return ical.busy_times(file(*components, head=head), window, STOCKHOLM, WORDS, "meeting", owner)


def times(*components: str, head: str = "", window: Period = AUTUMN, owner: str = "") -> list[str]:
    """By the clock in Stockholm, with its day where the end is of another one."""
    told = []
    for busy in read(*components, head=head, window=window, owner=owner):
        begin, end = (
            datetime.fromtimestamp(seconds, STOCKHOLM) for seconds in (busy.period.begin, busy.period.end)
        )  # fmt: skip
        told.append(
            f"{begin:%Y-%m-%d %H:%M}–{end:%H:%M}"
            if begin.date() == end.date()
            else f"{begin:%Y-%m-%d %H:%M}–{end:%Y-%m-%d %H:%M}"
        )
    return told


def choices(*components: str, head: str = "") -> list[str]:
    return [busy.choice for busy in read(*components, head=head)]


# -- what makes busy ----------------------------------------------------------------------------------------------


def test_an_event_makes_busy_from_its_beginning_until_its_end() -> None:
    (busy,) = read(NINE_TO_TEN)
    assert busy == Busy(period("2026-09-22 09:00", "2026-09-22 10:00"), "meeting")


@pytest.mark.parametrize(
    ("lines", "busy"),
    [
        ("", True),
        ("TRANSP:OPAQUE", True),
        ("TRANSP:TRANSPARENT", False),
        ("TRANSP: transparent ", False),
        ("STATUS:CONFIRMED", True),
        ("STATUS:TENTATIVE", False),
        ("STATUS:CANCELLED", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:BUSY", True),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", True),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:SOMETHINGNEW", True),
        ("X-MICROSOFT-CDO-BUSYSTATUS:SOMETHINGNEW|TRANSP:TRANSPARENT", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF|TRANSP:TRANSPARENT", True),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE|TRANSP:OPAQUE", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:BUSY|STATUS:CANCELLED", False),
    ],
)
def test_the_calendar_says_whether_an_event_makes_busy(lines: str, busy: bool) -> None:
    assert times(f"{NINE_TO_TEN}|{lines}" if lines else NINE_TO_TEN) == (NINE if busy else [])


@pytest.mark.parametrize(
    ("attendees", "busy"),
    [
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@ex.se", True),
        ("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:anna@ex.se", True),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:anna@ex.se", False),
        ("ATTENDEE;PARTSTAT=declined:MAILTO:Anna@ex.se", False),
        ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:anna@ex.se", False),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:bengt@ex.se", True),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:bengt@ex.se|ATTENDEE;PARTSTAT=DECLINED:mailto:anna@ex.se", False),
        ("ATTENDEE:mailto:anna@ex.se", True),
    ],
)
def test_an_invitation_that_its_owner_has_declined_does_not(attendees: str, busy: bool) -> None:
    assert times(f"{NINE_TO_TEN}|{attendees}", owner="anna@ex.se") == (NINE if busy else [])
    assert times(f"{NINE_TO_TEN}|{attendees}") == NINE, "it is not known whose it is"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20260922T070000Z|DURATION:PT1H", NINE),
        ("DTSTART:20260922T070000Z|DURATION:P1DT1H", ["2026-09-22 09:00–2026-09-23 10:00"]),
        ("DTSTART:20260922T070000Z", []),
        ("DTSTART:20260922T070000Z|DTEND:20260922T070000Z", []),
        ("DTSTART:20260922T070000Z|DURATION:PT0S", []),
        ("DTSTART;VALUE=DATE:20260922", ["2026-09-22 00:00–2026-09-23 00:00"]),
        ("DTSTART;VALUE=DATE:20260922|DTEND;VALUE=DATE:20260925", ["2026-09-22 00:00–2026-09-25 00:00"]),
        ("DTSTART;VALUE=DATE:20260922|DURATION:P2D", ["2026-09-22 00:00–2026-09-24 00:00"]),
    ],
)
def test_an_end_may_be_given_as_a_duration_or_not_at_all(lines: str, expected: list[str]) -> None:
    assert times(lines) == expected


def test_a_whole_day_makes_busy_only_where_the_calendar_says_so() -> None:
    day = "DTSTART;VALUE=DATE:20260922|DTEND;VALUE=DATE:20260923"
    assert times(day) == ["2026-09-22 00:00–2026-09-23 00:00"]
    assert times(f"{day}|TRANSP:TRANSPARENT") == []
    assert times(f"{day}|X-MICROSOFT-CDO-BUSYSTATUS:FREE") == []
    assert times(f"{day}|TRANSP:TRANSPARENT|SUMMARY:Semester: Bengt") == [], "somebody else's, as a reminder"


@pytest.mark.parametrize(("day", "hours"), [("20260328", 24), ("20260329", 23), ("20261025", 25)])
def test_a_whole_day_is_as_long_as_it_is_where_the_organisation_is(day: str, hours: int) -> None:
    (busy,) = read(f"DTSTART;VALUE=DATE:{day}", window=period("2026-01-01", "2026-12-31"))
    assert busy.period.end - busy.period.begin == hours * 3600


def test_only_what_touches_the_window_is_given_in_order() -> None:
    window = period("2026-09-22 09:00", "2026-09-22 11:00")
    events = [
        "DTSTART:20260922T090000Z|DURATION:PT1H",  # begins as the window ends
        "DTSTART:20260922T083000Z|DURATION:PT9H",
        "DTSTART:20260922T060000Z|DURATION:PT1H",  # ends as the window begins
        "DTSTART:20260801T060000Z|DTEND:20260923T060000Z",
        "DTSTART:20260922T070000Z|DURATION:PT10M",
    ]
    assert times(*events, window=window) == [
        "2026-08-01 08:00–2026-09-23 08:00", "2026-09-22 09:00–09:10", "2026-09-22 10:30–19:30"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:20260922T070000Z|DTEND:99991231T235959Z",
        "DTSTART:20260922T090000|DTEND:99991231T235959",
        "DTSTART;TZID=Asia/Tokyo:20260922T160000|DTEND;TZID=America/New_York:99991231T235959",
        "DTSTART:20260922T070000Z|DURATION:P365000D",
    ],
)
def test_what_ends_when_nobody_lives_any_more_has_no_end(lines: str) -> None:
    assert read(lines) == [Busy(Period(at("2026-09-22 09:00"), math.inf), "meeting")]


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART;VALUE=DATE:00010101|DTEND;VALUE=DATE:99991231",
        "DTSTART:00010101T000000|DTEND:99991231T235959",
        "DTSTART:00010101T000000Z|DTEND:99991231T235959Z",
        "DTSTART:20260922T070000Z|DURATION:P9999999D",
    ],
)
def test_what_is_beyond_all_time_takes_nothing_with_it(lines: str) -> None:
    assert Busy(period("2026-09-22 09:00", "2026-09-22 10:00"), "meeting") in read(lines, NINE_TO_TEN)


def test_several_at_one_time_are_one_busy_time() -> None:
    assert times(NINE_TO_TEN, NINE_TO_TEN) == NINE


def test_other_components_are_nothing() -> None:
    todo = "BEGIN:VTODO|UID:1|DTSTART:20260922T070000Z|DUE:20260922T080000Z|END:VTODO"
    journal = "BEGIN:VJOURNAL|UID:2|DTSTART:20260922T070000Z|END:VJOURNAL"
    alarm = (
        "BEGIN:VEVENT|UID:3|DTSTART:20260922T070000Z|DURATION:PT1H|BEGIN:VALARM|TRIGGER:-PT10M|END:VALARM|END:VEVENT"
    )
    assert times(todo, journal) == []
    assert times(alarm) == NINE


# -- which profile --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "choice"),
    [
        ("Lunch: med Bengt", "lunch"),
        ("lunch:", "lunch"),
        ("  LUNCH :Bengt", "lunch"),
        ("SEMESTER:Kreta", "holiday"),
        ("Arbetar  hemma: halva dagen", "home"),
        ("Lunch med Bengt", "meeting"),
        ("Lunch", "meeting"),
        ("Lunchmöte: budget", "meeting"),
        ("Re: lunch: Bengt", "meeting"),
        ("", "meeting"),
        (":lunch:", "meeting"),
    ],
)
def test_the_word_before_the_colon_chooses_the_profile(subject: str, choice: str) -> None:
    assert choices(f"{NINE_TO_TEN}|SUMMARY:{subject}") == [choice]


@pytest.mark.parametrize("class_", ["PRIVATE", "CONFIDENTIAL", "private", "X-SECRET", "SOMETHINGNEW"])
def test_of_a_private_event_the_subject_is_not_looked_at(class_: str) -> None:
    assert read(f"{NINE_TO_TEN}|CLASS:{class_}|SUMMARY:Lunch: Bengt") == [
        Busy(period("2026-09-22 09:00", "2026-09-22 10:00"), "meeting")
    ]


def test_of_a_public_one_it_is() -> None:
    assert choices(f"{NINE_TO_TEN}|CLASS:PUBLIC|SUMMARY:Lunch: Bengt") == ["lunch"]


def test_a_subject_with_parameters_and_escapes_is_read_as_any() -> None:
    assert choices(f"{NINE_TO_TEN}|SUMMARY;LANGUAGE=sv:Lunch: a\\, b\\; c\\nd") == ["lunch"]
    assert choices(f"{NINE_TO_TEN}|SUMMARY:Lun|  ch: vikt rad") == ["meeting"]
    assert choices(f"{NINE_TO_TEN}|SUMMARY:Lun| ch: vikt rad") == ["lunch"]


def test_two_subjects_are_none() -> None:
    assert choices(f"{NINE_TO_TEN}|SUMMARY:Lunch: a|SUMMARY:Semester: b") == ["meeting"]


# -- again and again ------------------------------------------------------------------------------------------------

WEEKLY = (
    "UID:v|DTSTART;TZID=Europe/Stockholm:20260922T090000|DTEND;TZID=Europe/Stockholm:20260922T100000|RRULE:FREQ=WEEKLY"
)


def test_an_hour_of_the_day_is_the_same_in_summer_and_in_winter() -> None:
    found = times(f"{WEEKLY};COUNT=8")
    assert found == [
        f"2026-{day} 09:00–10:00" for day in "09-22 09-29 10-06 10-13 10-20 10-27 11-03 11-10".split()
    ]  # fmt: skip
    assert len(times(WEEKLY)) == 9
    utc = times("DTSTART:20261020T070000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=2")
    assert utc == ["2026-10-20 09:00–10:00", "2026-10-27 08:00–09:00"]


def test_an_occurrence_in_the_hour_that_there_is_not_is_an_hour_later() -> None:
    event = "DTSTART;TZID=Europe/Stockholm:20260328T023000|DURATION:PT15M|RRULE:FREQ=DAILY;COUNT=3"
    assert times(event, window=period("2026-03-01", "2026-04-30")) == [
        "2026-03-28 02:30–02:45", "2026-03-29 03:30–03:45", "2026-03-30 02:30–02:45"
    ]  # fmt: skip


def test_one_over_the_night_on_which_the_clock_is_changed_ends_by_the_clock() -> None:
    night = "DTSTART;TZID=Europe/Stockholm:20261024T220000|DTEND;TZID=Europe/Stockholm:20261025T060000"
    (busy,) = read(night)
    assert busy.period.end - busy.period.begin == 9 * 3600


@pytest.mark.parametrize(
    ("lines", "hours"),
    [
        ("DTSTART;TZID=Europe/Stockholm:20261024T220000|DURATION:PT8H", 8),
        ("DTSTART;TZID=Europe/Stockholm:20261024T220000|DURATION:P1D", 25),
        ("DTSTART;TZID=Europe/Stockholm:20261023T220000|DURATION:P1DT8H", 32),
        ("DTSTART;TZID=Europe/Stockholm:20261023T220000|DURATION:PT8H|RRULE:FREQ=DAILY;COUNT=2", 8),
        ("DTSTART:20261024T200000Z|DURATION:PT8H", 8),
        ("DTSTART:20261024T220000|DURATION:PT8H", 9),
        ("DTSTART;TZID=Europe/Stockholm:20260328T220000|DURATION:PT8H", 8),
    ],
)
def test_hours_of_a_duration_are_counted_and_its_days_are_by_the_clock(lines: str, hours: int) -> None:
    *_, busy = read(lines, window=period("2026-03-01", "2026-11-20"))
    assert busy.period.end - busy.period.begin == hours * 3600


def test_days_that_are_left_out_and_added() -> None:
    assert times(f"{WEEKLY};COUNT=3|EXDATE;TZID=Europe/Stockholm:20260929T090000") == [
        "2026-09-22 09:00–10:00", "2026-10-06 09:00–10:00"
    ]  # fmt: skip
    assert times(f"{WEEKLY};COUNT=3|EXDATE:20260929T070000Z,20261006T070000Z") == NINE
    assert times(f"{WEEKLY};COUNT=2|EXDATE;VALUE=DATE:20260929") == NINE
    assert times(f"{WEEKLY};COUNT=1|RDATE;TZID=Europe/Stockholm:20260924T150000") == [
        *NINE, "2026-09-24 15:00–16:00"
    ]  # fmt: skip
    assert times(f"{WEEKLY};COUNT=1|RDATE;VALUE=PERIOD:20260924T130000Z/PT30M") == [*NINE, "2026-09-24 15:00–15:30"]
    assert times(f"{WEEKLY};UNTIL=20260929T070000Z") == [*NINE, "2026-09-29 09:00–10:00"]
    assert times(f"{WEEKLY};UNTIL=20260929T065959Z") == NINE
    days = "DTSTART;VALUE=DATE:20260922|RRULE:FREQ=DAILY;COUNT=3|EXDATE;VALUE=DATE:20260923"
    assert times(days) == ["2026-09-22 00:00–2026-09-23 00:00", "2026-09-24 00:00–2026-09-25 00:00"]


def test_a_single_one_is_moved_cancelled_or_free() -> None:
    def changed(lines: str) -> str:
        return f"UID:v|RECURRENCE-ID;TZID=Europe/Stockholm:20260929T090000|{lines}"

    series = f"{WEEKLY};COUNT=3"
    last = "2026-10-06 09:00–10:00"
    moved = changed("DTSTART:20260930T120000Z|DTEND:20260930T130000Z")
    assert times(series, moved) == times(moved, series) == [*NINE, "2026-09-30 14:00–15:00", last]
    cancelled = changed("DTSTART:20260929T070000Z|DTEND:20260929T080000Z|STATUS:CANCELLED")
    assert times(series, cancelled) == [*NINE, last]
    free = changed("DTSTART:20260929T070000Z|DTEND:20260929T080000Z|TRANSP:TRANSPARENT")
    assert times(series, free) == [*NINE, last]
    named = changed("DTSTART:20260929T070000Z|DTEND:20260929T080000Z|SUMMARY:Lunch: x")
    assert choices(series, named) == ["meeting", "lunch", "meeting"]
    out = changed("DTSTART:20270929T070000Z|DTEND:20270929T080000Z")
    assert times(series, out) == [*NINE, last]
    into = "UID:v|RECURRENCE-ID;TZID=Europe/Stockholm:20260922T090000|DTSTART:20261110T080000Z|DURATION:PT1H"
    window = period("2026-11-09", "2026-11-11")
    assert times(series, into, window=window) == ["2026-11-10 09:00–10:00"]


def test_all_of_it_is_cancelled() -> None:
    assert times(f"{WEEKLY}|STATUS:CANCELLED") == []


def test_one_and_all_after_it_are_moved() -> None:
    future = (
        "UID:v|RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Stockholm:20260929T090000"
        "|DTSTART;TZID=Europe/Stockholm:20260929T110000|DTEND;TZID=Europe/Stockholm:20260929T113000"
    )
    assert times(f"{WEEKLY};COUNT=4", future) == [
        *NINE, "2026-09-29 11:00–11:30", "2026-10-06 11:00–11:30", "2026-10-13 11:00–11:30"
    ]  # fmt: skip


def test_one_that_began_long_ago_and_is_long_reaches_into_the_window() -> None:
    event = "DTSTART;VALUE=DATE:20000918|DURATION:P7D|RRULE:FREQ=YEARLY"
    assert times(event, window=period("2026-09-20", "2026-09-21")) == ["2026-09-18 00:00–2026-09-25 00:00"]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "freq=secondly;INTERVAL=60"])
def test_what_is_every_minute_is_no_appointment(rule: str) -> None:
    assert times(f"DTSTART:20000101T000000Z|DURATION:PT1S|RRULE:{rule}", NINE_TO_TEN) == NINE


def test_two_rules_are_both_held() -> None:
    event = "DTSTART:20260922T070000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2|RRULE:FREQ=WEEKLY;COUNT=2"
    assert times(event) == [*NINE, "2026-09-23 09:00–10:00", "2026-09-29 09:00–10:00"]


def test_more_than_anybody_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ical, "MAX_OCCURRENCES", 65)
    assert len(read("DTSTART:20260101T070000Z|DURATION:PT1H|RRULE:FREQ=DAILY")) == 61
    with pytest.raises(NotACalendar, match="more than 65 events") as refused:
        read("DTSTART:20260101T070000Z|DURATION:PT1H|RRULE:FREQ=DAILY;BYHOUR=7,8")
    assert "över 65 händelser" in refused.value.sv


# -- time zones -----------------------------------------------------------------------------------------------------


def zone(name: str, standard: str, summer: str = "") -> str:
    """A VTIMEZONE, with the European rules of summer time if it has one."""
    part = "BEGIN:STANDARD|DTSTART:16010101T030000|TZOFFSETFROM:{0}|TZOFFSETTO:{1}|{2}END:STANDARD"
    if not summer:
        return f"BEGIN:VTIMEZONE|TZID:{name}|{part.format(standard, standard, '')}|END:VTIMEZONE"
    winter = part.format(summer, standard, "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10|")
    light = (
        f"BEGIN:DAYLIGHT|DTSTART:16010101T020000|TZOFFSETFROM:{standard}|TZOFFSETTO:{summer}"
        "|RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3|END:DAYLIGHT"
    )
    return f"BEGIN:VTIMEZONE|TZID:{name}|{winter}|{light}|END:VTIMEZONE"


def nine(tzid: str) -> str:
    return f"DTSTART;TZID={tzid}:20260922T090000|DTEND;TZID={tzid}:20260922T100000"


@pytest.mark.parametrize(
    "tzid",
    [
        "Europe/Stockholm",
        "Europe/Berlin",
        "W. Europe Standard Time",
        '"W. Europe Standard Time"',
        "Romance Standard Time",
        "/freeassociation.sourceforge.net/Europe/Stockholm",
        "/mozilla.org/20050126_1/Europe/Stockholm",
        "Sverige",  # nobody knows it: the organisation's clock
        "Europe",  # a folder
        "../../etc/passwd",
        '"(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien"',
    ],
)
def test_a_zone_is_found_by_its_name_however_it_is_written(tzid: str) -> None:
    assert times(nine(tzid)) == NINE


def test_a_zone_that_the_file_defines_is_as_it_defines_it() -> None:
    for name in ("Customized Time Zone", "W. Europe Standard Time", "Min egen"):
        assert times(zone(name, "+0100", "+0200"), nine(name)) == NINE
        assert times(nine(name), zone(name, "+0100", "+0200")) == NINE, "it may stand at the end"
        assert times(zone(name, "+0500"), nine(name)) == ["2026-09-22 06:00–07:00"]
        assert times(zone(name, "-0300"), nine(name)) == ["2026-09-22 14:00–15:00"]
    assert times(nine("Min egen")) == NINE, "another file's zone is not this one's"


def test_a_zone_of_the_file_has_its_summer_time() -> None:
    tz = zone("Customized Time Zone", "+0100", "+0200")
    series = f"{nine('Customized Time Zone')}|RRULE:FREQ=MONTHLY;COUNT=2".replace("20260922", "20261022")
    window = period("2026-10-01", "2026-12-31")
    assert times(tz, series, window=window) == ["2026-10-22 09:00–10:00", "2026-11-22 09:00–10:00"]


@pytest.mark.parametrize(
    "broken",
    [
        "BEGIN:VTIMEZONE|TZID:W. Europe Standard Time|END:VTIMEZONE",
        "BEGIN:VTIMEZONE|TZID:W. Europe Standard Time|BEGIN:STANDARD|TZOFFSETTO:+0500|END:STANDARD|END:VTIMEZONE",
    ],
)
def test_a_zone_whose_definition_cannot_be_read_is_found_by_its_name(broken: str) -> None:
    assert times(broken, nine("W. Europe Standard Time")) == NINE


def test_a_time_without_a_zone_is_by_the_calendar_s_or_the_organisation_s_clock() -> None:
    floating = "DTSTART:20260922T090000|DTEND:20260922T100000"
    assert times(floating) == NINE
    assert times(floating, head="X-WR-TIMEZONE:Europe/Stockholm") == NINE
    assert times(floating, head="X-WR-TIMEZONE:Europe/London") == ["2026-09-22 10:00–11:00"]
    assert times(floating, head="X-WR-TIMEZONE:W. Europe Standard Time") == NINE
    for unknown in ("", "Europe", "Ingenstans", "/Europe/Nowhere"):
        assert times(floating, head=f"X-WR-TIMEZONE:{unknown}") == NINE
    assert times(NINE_TO_TEN, head="X-WR-TIMEZONE:America/New_York") == NINE
    assert times("DTSTART;VALUE=DATE:20260922", head="X-WR-TIMEZONE:America/New_York") == [
        "2026-09-22 00:00–2026-09-23 00:00"
    ]
    weekly = times(f"{floating}|RRULE:FREQ=WEEKLY;COUNT=6")
    assert weekly[-1] == "2026-10-27 09:00–10:00"


def test_a_beginning_and_an_end_may_be_in_two_zones() -> None:
    flight = "DTSTART;TZID=Europe/Stockholm:20260922T090000|DTEND;TZID=America/New_York:20260922T120000"
    assert times(flight) == ["2026-09-22 09:00–18:00"]


# -- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0", b"\xff\xfe", b"<!DOCTYPE html><html>", b'{"a": 1}', b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n",
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", b"BEGIN:VCARD\r\nFN:Anna\r\nEND:VCARD\r\n", file(NINE_TO_TEN)[:-16],
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_told_without_what_is_in_it(data: bytes) -> None:
    with pytest.raises(NotACalendar) as refused:
        ical.busy_times(data, AUTUMN, STOCKHOLM, WORDS, "meeting")
    assert str(refused.value) == refused.value.en == "What the address gives is no calendar (iCalendar)."
    assert refused.value.sv == "Adressen ger ingen kalender (iCalendar)."


@pytest.mark.parametrize(
    "broken",
    [
        "SUMMARY:utan tid",
        "DTSTART:igår|DTEND:i morgon",
        "DTSTART:20260922T070000Z|DTEND:i morgon",
        "DTSTART:20260922T070000Z|DURATION:länge",
        "DTSTART:20260922T070000Z|DURATION:PT1H|RRULE:FREQ=IBLAND",
        "DTSTART:20260922T070000Z|DURATION:PT1H|RRULE:FREQ=DAILY;BYDAY=XX",
        "DTSTART:20260922T070000Z|DURATION:PT1H|RRULE:",
        "DTSTART:20260922T070000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=x|EXDATE:när som helst",
        "UID:a|UID:b|DTSTART:20260922T070000Z|DURATION:PT2H",
        "DTSTART:20260922T070000Z|DTSTART:20260923T070000Z|DURATION:PT2H",
        "DTSTART:20261322T250000Z|DURATION:PT1H",
        "DTSTART:00010101T000000Z|DTEND:00010101T000001",
        "detta är ingen rad",
    ],
)
def test_what_is_wrong_in_one_event_leaves_the_others(broken: str) -> None:
    found = times(broken, NINE_TO_TEN)
    assert NINE[0] in found
    assert len(found) <= 2


def test_several_calendars_in_one_file_are_all_read() -> None:
    data = file(NINE_TO_TEN) + file("DTSTART:20260922T120000Z|DURATION:PT1H")
    assert len(ical.busy_times(data, AUTUMN, STOCKHOLM, WORDS, "meeting")) == 2


def test_lines_may_end_as_in_a_unix_file_and_begin_with_a_mark() -> None:
    data = b"\xef\xbb\xbf" + file(NINE_TO_TEN).replace(b"\r\n", b"\n")
    assert len(ical.busy_times(data, AUTUMN, STOCKHOLM, WORDS, "meeting")) == 1


# -- whatever comes -------------------------------------------------------------------------------------------------

_LINES = st.sampled_from(
    [
        "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:STANDARD", "END:STANDARD", "UID:1",
        "TZID:Z", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "DTSTART:20260922T070000Z", "DTSTART;TZID=Z:20260922T070000",
        "DTSTART;VALUE=DATE:20260922", "DTEND:20260922T080000Z", "DTEND;VALUE=DATE:20260923", "DURATION:PT1H",
        "DURATION:-PT1H", "RRULE:FREQ=DAILY;COUNT=5", "RRULE:FREQ=WEEKLY;BYDAY=MO", "EXDATE:20260923T070000Z",
        "RDATE:20260924T070000Z", "RECURRENCE-ID:20260922T070000Z", "SEQUENCE:2", "SEQUENCE:x", "STATUS:CANCELLED",
        "SUMMARY:Lunch: x", "CLASS:PRIVATE", "X-WR-TIMEZONE:Europe/London", "ATTENDEE:mailto:a@b.se", "END:VCALENDAR",
        "BEGIN:VCALENDAR", "nonsens", ":", ";:", "=",
    ]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(_LINES, st.text(max_size=30)), max_size=25))
def test_any_lines_are_busy_times_or_no_calendar(lines: list[str]) -> None:
    data = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode("utf-8", "replace")
    try:
        found = ical.busy_times(data, AUTUMN, STOCKHOLM, WORDS, "meeting", "a@b.se")
    except NotACalendar:
        return
    for busy in found:
        assert busy.period.begin < busy.period.end
        assert busy.choice in {"meeting", "lunch", "holiday", "home"}
    assert found == sorted(found, key=lambda busy: busy.period.begin)


_HOURS = st.integers(0, 24 * 60)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(_HOURS, st.integers(0, 100), st.sampled_from(["Z", "Europe/Stockholm", "America/New_York", ""])))
)
def test_single_events_are_busy_when_they_say(events: list[tuple[int, int, str]]) -> None:
    written, expected = [], set()
    for begin, length, tzid in events:
        start = datetime(2026, 9, 25) + timedelta(hours=begin)  # noqa: DTZ001 - wall clock
        zone_ = UTC if tzid == "Z" else ZoneInfo(tzid) if tzid else STOCKHOLM
        end = start + timedelta(minutes=length)
        name, mark = (f";TZID={tzid}", "") if "/" in tzid else ("", tzid)
        written.append(f"DTSTART{name}:{start:%Y%m%dT%H%M%S}{mark}|DTEND{name}:{end:%Y%m%dT%H%M%S}{mark}")
        period_ = Period(start.replace(tzinfo=zone_).timestamp(), end.replace(tzinfo=zone_).timestamp())
        if period_.begin < period_.end and period_.begin < AUTUMN.end and period_.end > AUTUMN.begin:
            expected.add(period_)
    assert {busy.period for busy in read(*written)} == expected
