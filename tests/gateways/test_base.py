"""The door by which gateways enter, also somebody else's."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from katalog.app import gateway_of
from katalog.connectors.base import Finding
from katalog.domain.message import Outcome, Reason, State
from katalog.errors import SettingsError
from katalog.gateways import base
from katalog.gateways.base import GROUP, Setup, Sms
from katalog.settings import Settings
from katalog.settings import Sms as SmsSettings


class Pigeon:
    in_house = False

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def objection(self, sms: Sms) -> Reason | None:
        return None

    async def send(self, sms: Sms) -> Outcome:
        return Outcome(State.SENT)

    async def check(self) -> list[Finding]:
        return []


def test_a_gateway_of_somebody_elses_gets_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("pigeon", f"{__name__}:Pigeon", GROUP)
    monkeypatch.setattr(base, "entry_points", lambda group: EntryPoints([point]) if group == GROUP else [])
    settings = Settings(sms=SmsSettings(gateway="pigeon", options={"loft": "roof"}))
    gateway = gateway_of(settings, [])
    assert type(gateway).__name__ == "Pigeon"
    assert gateway.setup == Setup("SE", {"loft": "roof"}, {})  # type: ignore[union-attr]
    with pytest.raises(SettingsError, match="known: pigeon"):
        gateway_of(Settings(sms=SmsSettings(gateway="brevduva")), [])


def test_without_one_there_is_none() -> None:
    assert gateway_of(Settings(), []) is None
