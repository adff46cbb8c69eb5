"""What is sent to a gateway: whatever somebody writes stays a text, in each encoding."""

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.errors import SettingsError
from katalog.gateways.template import Format, Template, fill

FORM = "from={from}&to={to}&message={text}&key={secret}&flash=no&empty="
NESTED = '{"key": "{secret}", "messages": [{"to": ["{to}"], "body": "<{text}>", "n": 1, "flash": false, "{to}": null}]}'
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def values(text: str) -> dict[str, str]:
    return {"to": "+46701740606", "from": "Exempel", "text": text, "secret": "h&=l"}


@given(TEXTS)
def test_any_text_is_one_field_of_a_form_or_query(text: str) -> None:
    for format_ in (Format.FORM, Format.QUERY):
        sent = Template(FORM, format_).filled(values(text)).decode("ascii")
        assert parse_qsl(sent, keep_blank_values=True) == [
            ("from", "Exempel"), ("to", "+46701740606"), ("message", text), ("key", "h&=l"), ("flash", "no"),
            ("empty", ""),
        ]  # fmt: skip


@given(TEXTS)
def test_any_text_is_one_string_of_json(text: str) -> None:
    assert json.loads(Template(NESTED, Format.JSON).filled(values(text))) == {
        "key": "h&=l",
        "messages": [{"to": ["+46701740606"], "body": f"<{text}>", "n": 1, "flash": False, "+46701740606": None}],
    }


def test_what_was_filled_in_is_not_filled_again() -> None:
    assert fill("{text}-{to}-{other}", values("{to}{secret}")) == "{to}{secret}-+46701740606-{other}"


@pytest.mark.parametrize(
    ("body", "format_", "told"),
    [
        ("to={to}", Format.FORM, "has no {text}"),
        ("text={text}", Format.QUERY, "has no {to}"),
        ("to={to}&text={text}&x={number}", Format.FORM, "unknown place {number}; there are {to}, {from}"),
        ("{to}{text}", Format.FORM, "write as from={from}"),
        ("to={to}&text={text}", Format.JSON, "is no JSON"),
    ],
)
def test_a_template_that_is_no_good_is_told_at_the_start(body: str, format_: Format, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Template(body, format_)
    assert str(refused.value).startswith("sms_http.body: ")
    assert told in str(refused.value)
