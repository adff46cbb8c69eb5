"""Every table. A change here goes with a migration in `migrations/versions`; a test compares the two.

Every row belongs to an organisation. `revision` is the organisation's counter at the row's last change: it is
the row's entity tag, and "what is new since revision n" is one indexed question (see `changes.py`).
Text is compared by code point: `BINARY` in SQLite, `C` in PostgreSQL. Times are Unix seconds.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

CodePoints = Text().with_variant(Text(collation="C"), "postgresql")
Id = String(36)


def _organisation() -> Column[str]:
    return Column("organisation_id", Id, ForeignKey("organisation.id", ondelete="CASCADE"), nullable=False)


def _revision() -> Column[int]:
    return Column("revision", BigInteger, nullable=False)


organisation = Table(
    "organisation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    _revision(),
    # Differs after `katalog restore`: then nothing that a running server remembers counts any more.
    Column("generation", Id, nullable=False),
)

entry = Table(
    "entry",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    _revision(),
    Column("extension", CodePoints, nullable=False),
    Column("name", CodePoints, nullable=False),
    Column("email", Text, nullable=False),
    Column("mobile", Text, nullable=False),
    Column("keywords", Text, nullable=False),  # the lists are JSON arrays: searched in memory, never by SQL
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("devices", Text, nullable=False),
    Column("source_id", CodePoints, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Index(None, "organisation_id", "extension", "name", "id"),
    Index(None, "organisation_id", "revision"),
    Index(None, "organisation_id", "source_id"),
)

removed = Table(
    "removed",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    _revision(),
    Column("noun", String(16), nullable=False),  # entry, account, token, absence
    Index(None, "organisation_id", "revision"),
)

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    _revision(),
    Column("login", CodePoints, nullable=False),
    Column("entry_id", Id, ForeignKey("entry.id", ondelete="SET NULL")),
    Column("role", String(16), nullable=False),
    Column("password", Text, nullable=False),
    Column("stamp", Id, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Index(None, "login", unique=True),
    Index(None, "organisation_id", "revision"),
    Index(None, "entry_id"),
)

token = Table(
    "token",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    _revision(),
    Column("account_id", Id, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("read_only", Boolean, nullable=False),
    Column("session", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double),
    Column("used", Double),
    Column("source_id", Id),  # of a session, the token that began it
    Index(None, "hash", unique=True),
    Index(None, "organisation_id", "revision"),
    Index(None, "account_id"),
    Index(None, "source_id"),
)

choice = Table(  # a profile of the organisation's catalogue
    "choice",
    metadata,
    Column("organisation_id", Id, ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Id, primary_key=True),
    _revision(),
    Column("names", Text, nullable=False),  # JSON: language → name
    Column("available", Boolean, nullable=False),
    Column("colour", String(7), nullable=False),
    Column("symbol", String(16), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("code", String(8), nullable=False),
    Column("end", String(16), nullable=False),
    Column("at", String(5), nullable=False),
    Column("asks", Boolean, nullable=False),
    Column("meanwhile", String(16), nullable=False),
    Column("forward", Text, nullable=False),
    # Kept with its name for what was set or planned by it before.
    Column("removed", Boolean, nullable=False),
)

hand = Table(  # the profile that somebody set by hand; one that was cleared has no choice
    "hand",
    metadata,
    Column("entry_id", Id, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    _organisation(),
    _revision(),
    Column("choice_id", Id, nullable=False),
    Column("begin", Double, nullable=False),
    Column("end", Double),
    Column("message", Text),
    Index(None, "organisation_id", "revision"),
)

absence = Table(  # planned ones; times are wall clock
    "absence",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    _revision(),
    Column("entry_id", Id, ForeignKey("entry.id", ondelete="CASCADE"), nullable=False),
    Column("choice_id", Id, nullable=False),
    Column("begin", String(19), nullable=False),
    Column("end", String(19), nullable=False),
    Column("rule", Text, nullable=False),
    Column("message", Text),
    Index(None, "organisation_id", "revision"),
    Index(None, "entry_id"),
)

calendar = Table(  # where an entry's own is read from; one that was taken back has no url
    "calendar",
    metadata,
    Column("entry_id", Id, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    _organisation(),
    _revision(),
    Column("url", Text, nullable=False),  # encrypted: whoever knows the address of a private calendar may read it
    Index(None, "organisation_id", "revision"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    _organisation(),
    Column("account_id", Id, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Index(None, "account_id"),
)

webhook = Table(
    "webhook",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    _revision(),
    # Encrypted, all three: whoever knows the address of a receiver may often write to it, and the secrets sign.
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("former", Text, nullable=False),
    Column("former_until", Double, nullable=False),
    Column("events", Text, nullable=False),  # a JSON array
    Column("extension", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("keyword", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("health", Text, nullable=False),  # a JSON object
    Index(None, "organisation_id"),
)

delivery = Table(  # the queue of webhooks, and what became of what was in it
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organisation_id", Id, nullable=False),
    Column("webhook_id", Id, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("topic", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due", Double, nullable=False),
    Column("attempts", Text, nullable=False),  # a JSON array
    Index(None, "webhook_id", "state", "id"),
    Index(None, "organisation_id", "state", "sequence"),
)

told = Table(  # what webhooks were told of last, so that after a restart the difference is told and nothing else
    "told",
    metadata,
    Column("organisation_id", Id, primary_key=True),
    Column("noun", String(16), primary_key=True),
    Column("id", CodePoints, primary_key=True),
    Column("state", LargeBinary, nullable=False),
)

call_record = Table(  # a leg of somebody's that is over
    "call_record",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    Column("entry_id", Id, ForeignKey("entry.id", ondelete="CASCADE"), nullable=False),
    Column("pbx", Text, nullable=False),
    Column("leg", CodePoints, nullable=False),
    Column("channel", CodePoints, nullable=False),
    Column("call", CodePoints, nullable=False),
    Column("direction", String(8), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("folder", String(16), nullable=False),
    Column("number", CodePoints, nullable=False),
    Column("began", Double, nullable=False),
    Column("answered", Double),
    Column("ended", Double, nullable=False),
    Column("clock", String(8), nullable=False),
    Column("by", Text, nullable=False),
    Column("forward", Text, nullable=False),
    Column("parts", Text, nullable=False),  # a JSON array
    # However often a leg is told, an entry has it once.
    Index(None, "entry_id", "pbx", "leg", unique=True),
    Index(None, "entry_id", "folder", "began", "id"),
    Index(None, "entry_id", "began", "id"),
    Index(None, "organisation_id", "began", "id"),
    Index(None, "organisation_id", "pbx", "call"),
    Index(None, "organisation_id", "pbx", "leg"),
)

open_call = Table(  # calls that are not over, so that a restart goes on with them
    "open_call",
    metadata,
    Column("organisation_id", Id, primary_key=True),
    Column("pbx", CodePoints, primary_key=True),
    Column("leg", CodePoints, primary_key=True),
    Column("state", LargeBinary, nullable=False),
)

heard = Table(  # until when a telephone system was heard, and until when all of its calls are in the log
    "heard",
    metadata,
    Column("organisation_id", Id, primary_key=True),
    Column("pbx", CodePoints, primary_key=True),
    Column("until", Double, nullable=False),
    Column("complete", Double, nullable=False),
)

recording = Table(  # of a call, in a file of the telephone system's
    "recording",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    Column("pbx", CodePoints, nullable=False),
    Column("channel", CodePoints, nullable=False),
    Column("file", CodePoints, nullable=False),
    Column("began", Double, nullable=False),
    Column("ended", Double),
    Column("seconds", Double),
    # However often it is told, it is there once.
    Index(None, "organisation_id", "pbx", "channel", "file", unique=True),
    Index(None, "organisation_id", "ended"),
)

recording_leg = Table(  # whose legs are heard in it
    "recording_leg",
    metadata,
    Column("recording_id", Id, ForeignKey("recording.id", ondelete="CASCADE"), primary_key=True),
    Column("leg", CodePoints, primary_key=True),
    Index(None, "leg"),
)

PASSING = (delivery, told, open_call, heard)
"""Of the moment, and so in no backup: nothing is sent again because one is restored. Without foreign keys, so that a
restore leaves them as they are, and what it has changed is told."""

message = Table(  # a text message that was sent; what it says is kept nowhere
    "message",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    Column("account_id", Id, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("entry_id", Id, ForeignKey("entry.id", ondelete="SET NULL")),
    Column("number", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("parts", BigInteger, nullable=False),
    Column("encoding", String(16), nullable=False),
    # A keyed hash of number and text, for as long as the same again is the same message; then empty.
    Column("mark", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("sv", Text, nullable=False),  # the reason, in both languages
    Column("en", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Index(None, "organisation_id", "id"),
    Index(None, "account_id", "at"),
    Index(None, "entry_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    _organisation(),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),
    # Of the transaction that it was written in: so the lines of one import are found.
    Column("revision", BigInteger),
    Index(None, "organisation_id", "at", "id"),
    Index(None, "organisation_id", "action", "at", "id"),
    Index(None, "organisation_id", "actor", "at", "id"),
    Index(None, "organisation_id", "subject", "at", "id"),
    Index(None, "organisation_id", "revision", "id"),
)
