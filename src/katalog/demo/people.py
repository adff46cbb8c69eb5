"""The invented organisation: the three entries of the v1 example first, then its colleagues."""

import random
import unicodedata
from collections.abc import Iterator

from katalog.domain.entry import Entry, Kind
from katalog.domain.identifier import new_id

COLLEAGUES = 120

_FIRST = (
    "Alice Maja Elsa Astrid Wilma Freja Olivia Ebba Signe Stina Karin Eva Birgitta Åsa Ylva Örjan Lars Mikael Anders "
    "Johan Erik Per Karl Nils Oskar Hugo Liam Elias Adam Axel Björn Göran Fatima Amir Zahra Yusuf Milica Jovan Aino "
    "Mika Ewa Piotr Linh Minh Rosa Diego Noor Sami"
).split()
_LAST = (
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson "
    "Lindberg Lindström Lindqvist Bergström Sjöberg Åkesson Öberg Ångström Hallgren Nyström Ekman Holm Sandberg "
    "Björk Dahl Wallin Engström Hedlund Haddad Kovač Virtanen Nowak Nguyen García"
).split()
_DEPARTMENTS = {
    "Försäljning": ("Säljare", "Säljchef", "Kundansvarig", "Innesäljare"),
    "Support": ("Supporttekniker", "Teamledare", "Kundtjänst", "Andra linjen"),
    "Utveckling": ("Utvecklare", "Arkitekt", "Testare", "Produktägare"),
    "Ekonomi": ("Ekonom", "Controller", "Löneadministratör", "Redovisningsansvarig"),
    "Lager och transport": ("Lagerarbetare", "Transportledare", "Inköpare", "Planerare"),
    "Ledning": ("Vd", "Vice vd", "Assistent", "Personalchef"),
}
_PLACES = ("Stockholm", "Göteborg", "Malmö", "Umeå", "Växjö")


def people() -> Iterator[Entry]:
    """Everybody, in list order; the same every time."""
    yield Entry(
        new_id(), "08010203", "Anna Andersson", "anna.andersson@mail.se", "0729913232", ("support", "stockholm"),
        title="Supportchef", department="Support", location="Stockholm", devices=("DEMO/08010203",),
    )  # fmt: skip
    yield Entry(
        new_id(), "08040506", "Bengt Bengtsson", "bengt.bengtsson@mail.se", "0733313232", ("business", "malmö"),
        title="Kundansvarig", department="Försäljning", location="Malmö", devices=("DEMO/08040506",),
    )  # fmt: skip
    yield Entry(
        new_id(), "08040506", "Konferensrum A", kind=Kind.ROOM, location="Malmö", devices=("DEMO/room-a",)
    )  # fmt: skip
    rng = random.Random(1876)  # noqa: S311 - the same invented people every time
    names: set[str] = set()
    for number in range(COLLEAGUES):
        extension = f"0850{number + 1000:04d}"
        name = next(name for name in iter(lambda: f"{rng.choice(_FIRST)} {rng.choice(_LAST)}", "") if name not in names)
        names.add(name)
        department = rng.choice(list(_DEPARTMENTS))
        place = rng.choice(_PLACES)
        yield Entry(
            new_id(), extension, name, f"{_plain(name)}@mail.se", f"070{rng.randrange(10**7):07d}",
            (department.split()[0].lower(), place.lower()), title=rng.choice(_DEPARTMENTS[department]),
            department=department, location=place, devices=(f"DEMO/{extension}",),
        )  # fmt: skip
    for number, room in enumerate(("Ekoln", "Mälaren", "Vättern", "Siljan")):
        yield Entry(
            new_id(), f"0859{number:04d}", f"Konferensrum {room}", kind=Kind.ROOM, location=_PLACES[number],
            devices=(f"DEMO/0859{number:04d}",),
        )  # fmt: skip
    yield Entry(
        new_id(), "08590100", "Växeln", "vaxeln@mail.se", keywords=("reception",), kind=Kind.FUNCTION,
        location="Stockholm", devices=("DEMO/08590100",),
    )  # fmt: skip


def _plain(name: str) -> str:
    """The name as it stands in an e-mail address."""
    decomposed = unicodedata.normalize("NFD", name.lower())
    return "".join(sign for sign in decomposed if sign.isascii()).replace(" ", ".")
