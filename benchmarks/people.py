"""Invented people in any number, about 300 bytes each in v1."""

import random
from collections.abc import Iterable, Iterator

from sqlalchemy import insert

from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.domain.words import fold
from katalog.settings_file import load
from katalog.store import entries, organisations, tables
from katalog.store.database import Actor, Database
from katalog.store.migrate import upgrade
from tests.serving import Serving

_FIRST = (
    "Anna Erik Lars Maria Karl Anders Eva Johan Margareta Per Kristina Nils Birgitta Mikael Elisabeth Jan Karin "
    "Lennart Ingrid Hans Linnéa Olof Marie Peter Sofia Gunnar Marianne Sven Kerstin Fredrik Emma Bengt Helena Bo Sara "
    "Daniel Johanna Gustav Inger Alexander Elin Åke Annika Göran Emelie Magnus Malin Stefan Ulla Martin Åsa Jonas "
    "Örjan Ylva Björn Sigrid Henrik Viktoria Mattias Hanna Thomas Cecilia Mohammed Fatima Ali Zahra Amir Noor Axel "
    "Ebba Oskar Julia Filip Ida Simon Frida Viktor Klara Jakob Alma Hugo Ella Emil Astrid Adam Maja Rasmus Freja "
    "Sebastian Wilma Isak Moa Märta Torbjörn Solveig Håkan Gunilla Kjell Agneta Rolf Monica Tobias Therese André "
    "Zoë Łukasz Piotr"
).split()
_LAST = (
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson "
    "Jansson Hansson Bengtsson Jönsson Lindberg Jakobsson Magnusson Olofsson Lindström Lindqvist Lindgren Axelsson "
    "Berg Bergström Lundberg Lind Lundgren Lundqvist Mattsson Berglund Fredriksson Sandberg Henriksson Forsberg "
    "Sjöberg Wallin Engström Eklund Danielsson Lundin Håkansson Björk Bergman Gunnarsson Holm Wikström Samuelsson "
    "Isaksson Fransson Bergqvist Nyström Holmberg Arvidsson Löfgren Söderberg Nyberg Blomqvist Claesson Nordström "
    "Mårtensson Lundström Ali Ahmed Hassan Åberg Åkesson Öberg Ångström Ström Hermansson Haddad Kovač Nguyen García"
).split()
_LAST_BEGIN = (
    "Al Asp Björk Blom Bo Dahl Ek Eng Fager Fors Fri Granat Grön Gyll Hag Hed Hell Hög Käll Lager Ljung Lov Löv Malm "
    "Mo Mölle Norr Ny Nor Palm Ros Rönn Sand Silver Sjö Skog Sten Strand Svan Söder Tall Tran Vester Viker Åker Ås "
    "Älv Öst Öman Örn"
).split()
_LAST_END = (
    "berg bergh blad blom borg by dal din ell én feldt fors gren gård hammar holm iander ing ius kvist lid lind lund "
    "man mark nell ner qvist rud sjö sköld sson sten stedt strand ström sund säter udd vall vik wall ås"
).split()
_DEPARTMENTS = (
    "Försäljning", "Support", "Utveckling", "Ekonomi", "Lager och transport", "Ledning", "Kundtjänst", "Inköp",
    "Personal", "Marknad", "Juridik", "Fastighet", "IT drift", "Produktion", "Kvalitet", "Växel och reception",
)  # fmt: skip
_TITLES = (
    "Säljare", "Säljchef", "Kundansvarig", "Supporttekniker", "Teamledare", "Utvecklare", "Arkitekt", "Testare",
    "Ekonom", "Controller", "Löneadministratör", "Lagerarbetare", "Transportledare", "Inköpare", "Vd", "Assistent",
    "Personalchef", "Jurist", "Fastighetsskötare", "Driftchef", "Montör", "Kvalitetsansvarig", "Receptionist",
)  # fmt: skip
_PLACES = ("Stockholm", "Göteborg", "Malmö", "Umeå", "Växjö", "Örebro", "Linköping", "Sundsvall", "Ängelholm")


def people(count: int) -> Iterator[Entry]:
    for number in range(count):
        yield Entry(
            new_id(), f"08{number:07d}", f"Förnamn{number % 977} Efternamn-{number % 4999}",
            f"fornamn.efternamn.{number}@exempel.se", f"070{number:07d}",
            ("support", "stockholm", f"grupp{number % 50}"),
            title="Kundansvarig", department=f"Avdelning {number % 40}", location="Malmö",
            devices=(f"PJSIP/{number:07d}",),
        )  # fmt: skip


def swedes(count: int) -> Iterator[Entry]:
    """People of a large Swedish company, for searches: names are as frequent as names are. The same every time."""
    rng = random.Random(1876)
    ends = [f"{one}{other}" for one in _LAST_BEGIN for other in _LAST_END]
    firsts, lasts = (_FIRST, [*_LAST, *ends])
    some_firsts = rng.choices(firsts, [1 / (place + 5) for place in range(len(firsts))], k=count)
    some_lasts = rng.choices(lasts, [1 / (place + 5) for place in range(len(lasts))], k=count)
    for number, (first, last) in enumerate(zip(some_firsts, some_lasts, strict=True)):
        department, title = rng.choice(_DEPARTMENTS), rng.choice(_TITLES)
        place = rng.choice(_PLACES)
        yield Entry(
            new_id(), f"08{number:07d}", f"{first} {last}",
            f"{fold(first.lower())}.{fold(last.lower())}@exempel.se", f"07{rng.randrange(10**8):08d}",
            (department.split()[0].lower(), place.lower()), title=title, department=department, location=place,
            devices=(f"PJSIP/{number:07d}",),
        )  # fmt: skip


async def fill(serving: Serving, staff: Iterable[Entry]) -> None:
    """Puts people straight into the installation's database."""
    async with Database(load(serving.config, {}).database.url) as database:
        await upgrade(database)
        organisation = await organisations.default(database, "Exempel AB")
        async with database.write(organisation.id, Actor("bench", "benchmarks")) as change:
            rows = [entries.to_row(entry) for entry in staff]
            for row in rows:
                row |= {"organisation_id": organisation.id, "revision": change.revision}
            await change.connection.execute(insert(tables.entry), rows)
