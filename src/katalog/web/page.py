"""The frame of each page: of those that a script fills, and of those that need none: the invitation's."""

from html import escape

import msgspec

from katalog.web.assets import address, modules

_OWN = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_HEADERS = {
    # Not "no-referrer": with it a browser's own form posts `Origin: null`, as if from another site.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}

PLAIN = {"content-security-policy": _OWN, **_HEADERS}
"""Headers of a page without a script, where none would run."""

SCRIPTED = {
    # No markup is ever made of text, and nothing comes from elsewhere. The one policy of Trusted Types is for the
    # address of the shared worker.
    "content-security-policy": (
        f"{_OWN}; script-src 'self'; worker-src 'self'; connect-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types katalog"
    ),
    **_HEADERS,
}
"""Headers of a page that a script fills."""

TEXTS = {
    "sv": {
        "tagline": "telefonkatalogen",
        "script": "Katalogen behöver JavaScript. Program läser den på",
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
        "script": "The directory needs JavaScript. Programs read it at",
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


def _head(title: str) -> str:
    return (
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} · katalog</title>\n"
        f'<link rel="icon" href="{address("icon.svg")}">\n<link rel="stylesheet" href="{address("style.css")}">\n'
    )


def _frame(language: str, organisation: str, title: str, *sections: str) -> str:
    body = "\n".join(f"<section>{section}</section>" for section in sections)
    tagline = escape(organisation or TEXTS[language]["tagline"])
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n{_head(title)}</head>\n'
        f'<body class="plain">\n<main>\n<header><h1>katalog</h1><p>{tagline}</p></header>\n{body}\n</main>\n'
        "</body>\n</html>\n"
    )


class Home(msgspec.Struct, frozen=True):
    """Whose pages they are, and what scripts have to know of it.

    `timezone` by its name in the IANA database; `calling` is the country's calling code, `trunk` what is dialled before
    a number within it, `""` for nothing, and `international` before one abroad (ITU-T E.164).
    """

    organisation: str
    timezone: str
    calling: str
    trunk: str
    international: str


def script(language: str, home: Home, base_url: str, root: str, module: str) -> str:
    """A page that a script fills, whose `root` element is in a `module`.

    It has no data of anybody's; who may see what is asked when it runs.
    """
    text = TEXTS[language]
    told = " ".join(f'data-{name}="{escape(value)}"' for name, value in msgspec.structs.asdict(home).items())
    preloaded = "".join(f'<link rel="modulepreload" href="{address(name)}">\n' for name in modules(module))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n{_head(home.organisation or text["tagline"])}'
        f'{preloaded}<script type="module" src="{address(module)}"></script>\n</head>\n'
        f"<body {told}>\n<{root}></{root}>\n"
        f'<noscript><p class="empty">{text["script"]} {escape(base_url)}/api/</p></noscript>\n</body>\n</html>\n'
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
