"""The frame of a page, and the two pages there are so far: the start page and the invitation."""

from functools import cache
from html import escape
from importlib.resources import files

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Not "no-referrer": with it a browser's own form posts `Origin: null`, as if from another site.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}

TEXTS = {
    "sv": {
        "tagline": "telefonkatalogen",
        "live": "Programgränssnittet är i gång",
        "point": "Peka ett program på den här adressen:",
        "more": "Här finns också",
        "description": "beskrivningen av alla adresser (OpenAPI)",
        "health": "serverns hälsa",
        "choose": "Välj ett lösenord",
        "password": "Lösenord",
        "length": "Minst 8 tecken.",
        "save": "Spara lösenordet",
        "done": "Klart",
        "chosen": "Lösenordet är sparat. Logga in med ditt kontonamn, din anknytning eller din e-postadress.",
        "void": "Länken gäller inte",
        "ask": "Den har redan använts eller blivit för gammal. Be om en ny inbjudan.",
        "account": "Konto:",
    },
    "en": {
        "tagline": "the telephone directory",
        "live": "The programming interface is running",
        "point": "Point a program at this address:",
        "more": "Also here:",
        "description": "the description of every address (OpenAPI)",
        "health": "the server's health",
        "choose": "Choose a password",
        "password": "Password",
        "length": "8 characters or more.",
        "save": "Save the password",
        "done": "Done",
        "chosen": "The password is saved. Log in with your account name, your extension or your e-mail address.",
        "void": "This link is not valid",
        "ask": "It has been used already, or is too old. Ask for a new invitation.",
        "account": "Account:",
    },
}


@cache
def stylesheet() -> bytes:
    return (files(__package__) / "style.css").read_bytes()


def _frame(language: str, organisation: str, title: str, *sections: str) -> str:
    body = "\n".join(f"<section>{section}</section>" for section in sections)
    tagline = escape(organisation or TEXTS[language]["tagline"])
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)} · katalog</title>\n<link rel="stylesheet" href="/style.css">\n</head>\n'
        f"<body>\n<main>\n<header><h1>katalog</h1><p>{tagline}</p></header>\n{body}\n</main>\n</body>\n</html>\n"
    )


def start(language: str, organisation: str, base_url: str) -> str:
    text = TEXTS[language]
    return _frame(
        language,
        organisation,
        organisation,
        f"<h2>{text['live']}</h2><p>{text['point']}</p><pre>{escape(base_url)}/api/</pre>"
        f'<p>{text["more"]} <a href="/api/openapi.json">{text["description"]}</a>, '
        f'<a href="/healthz">{text["health"]}</a>.</p>',
    )


def invitation(language: str, organisation: str, login: str, wrong: str = "") -> str:
    text = TEXTS[language]
    error = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    return _frame(
        language,
        organisation,
        text["choose"],
        f"<h2>{text['choose']}</h2><p>{text['account']} <strong>{escape(login)}</strong></p>{error}"
        f'<form method="post"><label for="password">{text["password"]}</label>'
        f'<input id="password" name="password" type="password" autocomplete="new-password" minlength="8" required '
        f'autofocus aria-describedby="hint"><p class="hint" id="hint">{text["length"]}</p>'
        f"<button>{text['save']}</button></form>",
    )


def message(language: str, organisation: str, title: str, text: str) -> str:
    words = TEXTS[language]
    return _frame(language, organisation, words[title], f"<h2>{words[title]}</h2><p>{words[text]}</p>")
