"""What to do so that Asterisk can be reached and heard, in both languages."""

from katalog.errors import LinkError

AFTER = "After a change: manager reload."
PORT = "Is this the port of the manager interface (manager.conf: port, usually 5038)?"
PORT_SV = "Är det porten för AMI (manager.conf: port, vanligen 5038)?"


def missing(user: str, line: str) -> str:
    """In English, as `katalog check` tells it."""
    return f"manager.conf [{user}] must have: {line}. {AFTER}"


def lacks(reason: str, reason_sv: str, user: str, line: str) -> LinkError:
    """A right that the account has not."""
    sv = f"I manager.conf måste [{user}] ha: {line}. Efter en ändring: manager reload."
    return LinkError(reason, missing(user, line), sv, reason_sv=reason_sv)


def unknown_name(host: str) -> LinkError:
    return LinkError(
        f"the name {host!r} cannot be resolved",
        "Check host of this [[pbx]].",
        "Se efter host för denna [[pbx]].",
        reason_sv=f"namnet {host!r} finns inte i DNS",
    )


def nobody_listens(where: str) -> LinkError:
    return LinkError(
        f"nothing listens on {where}",
        "Is Asterisk running? manager.conf [general]: enabled=yes, and bindaddr and port as here.",
        "Är Asterisk igång? manager.conf [general]: enabled=yes, och bindaddr och port som här.",
        reason_sv=f"ingen svarar på {where}",
        refused=True,
    )


def unreachable(where: str, why: str) -> LinkError:
    return LinkError(
        f"cannot connect to {where}: {why}",
        "Check host, port and the firewalls between.",
        "Se efter host, port och brandväggarna däremellan.",
        reason_sv=f"{where} går inte att nå: {why}",
    )


def says_nothing(where: str, silence: float) -> LinkError:
    sv = f"{where} tar emot, men säger ingenting"
    return LinkError(f"{where} accepts, but says nothing", PORT, PORT_SV, reason_sv=sv, silence=silence)


def is_another(where: str) -> LinkError:
    return LinkError(
        f"{where} is not a manager interface of Asterisk", PORT, PORT_SV, reason_sv=f"{where} är inte Asterisks AMI"
    )


def refuses(user: str, reason: str) -> LinkError:
    return LinkError(
        f"Asterisk refuses the login of {user!r}: {reason}",
        f"Is there a [{user}] in manager.conf with the same secret, and does its permit (or acl) let "
        f"this computer in? {AFTER}",
        f"Finns [{user}] i manager.conf med samma secret, och släpper dess permit (eller acl) in den här datorn? "
        "Efter en ändring: manager reload.",
        reason_sv=f"Asterisk avvisar inloggningen {user!r}: {reason}",
    )
