"""Whether people can be reached: what they show, plan and have in calendars, and what there is to choose from."""

from katalog.api.absences import AbsenceDraft, AbsenceView
from katalog.api.agenda import AgendaView
from katalog.api.audit import AuditPage
from katalog.api.calendar import CalendarDraft, CalendarView
from katalog.api.catalogue import ChoiceDraft, ChoiceView
from katalog.api.endpoint import PAGED, Endpoint
from katalog.api.profile import ProfileDraft, Profiles
from katalog.api.referral import FORM, Referral
from katalog.api.routes.handlers import Handlers
from katalog.domain.profile import Profile

ENTRY = "/api/entries/{id}"


def rows(on: Handlers) -> list[Endpoint]:
    return [
        *_of_profiles("/api/extensions/me/profile", "your own profile", on.profiles),
        *_of_profiles("/api/extensions/{extension}/profile", "the profile of a number's entry", on.profiles),
        Endpoint(
            "GET",
            "/api/extensions/{extension}/referral",
            on.referrals.one,
            "What the caller of a number is told",
            query=("format",),
            answer=Referral,
            texts=(FORM,),
            errors=(404, 422),
        ),
        *_of_profiles(f"{ENTRY}/profile", "an entry's profile", on.profiles),
        Endpoint(
            "GET",
            f"{ENTRY}/profile/history",
            on.profiles.history,
            "Who set and planned what, newest first",
            query=PAGED,
            answer=AuditPage,
            errors=(403, 404, 422),
        ),
        Endpoint(
            "GET", f"{ENTRY}/absences", on.absences.all, "What is planned", answer=list[AbsenceView], errors=(404,)
        ),
        Endpoint(
            "POST",
            f"{ENTRY}/absences",
            on.absences.add,
            "Plan an absence, once or by an RRULE",
            body=AbsenceDraft,
            answer=AbsenceView,
            status=201,
            errors=(400, 403, 404, 409, 413, 422),
        ),
        Endpoint(
            "PUT",
            f"{ENTRY}/absences/{{absence}}",
            on.absences.replace,
            "Change a planned absence",
            body=AbsenceDraft,
            answer=AbsenceView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint(
            "DELETE",
            f"{ENTRY}/absences/{{absence}}",
            on.absences.remove,
            "Remove a planned absence",
            errors=(403, 404, 409, 412),
        ),
        Endpoint(
            "GET",
            f"{ENTRY}/calendar",
            on.calendars.one,
            "Where an entry's calendar is read from, and how it goes",
            answer=CalendarView,
            errors=(403, 404, 409),
        ),
        Endpoint(
            "PUT",
            f"{ENTRY}/calendar",
            on.calendars.set,
            "Read an entry's calendar from an address of its own",
            body=CalendarDraft,
            answer=CalendarView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint(
            "DELETE",
            f"{ENTRY}/calendar",
            on.calendars.remove,
            "Take an entry's own calendar back",
            errors=(403, 404, 409, 412),
        ),
        Endpoint("GET", "/api/profiles", on.catalogue.all, "The profiles there are to set", answer=list[ChoiceView]),
        Endpoint(
            "POST",
            "/api/profiles",
            on.catalogue.add,
            "Add a profile to the catalogue",
            admin=True,
            body=ChoiceDraft,
            answer=ChoiceView,
            status=201,
            errors=(400, 403, 409, 413, 422),
        ),
        Endpoint(
            "PUT",
            "/api/profiles/order",
            on.catalogue.arrange,
            "Bring the catalogue into another order",
            admin=True,
            body=list[str],
            answer=list[ChoiceView],
            errors=(400, 403, 412, 413, 422),
        ),
        Endpoint(
            "GET",
            "/api/profiles/{id}",
            on.catalogue.one,
            "One profile of the catalogue",
            answer=ChoiceView,
            errors=(404,),
        ),
        Endpoint(
            "PUT",
            "/api/profiles/{id}",
            on.catalogue.replace,
            "Change a profile of the catalogue",
            admin=True,
            body=ChoiceDraft,
            answer=ChoiceView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint(
            "DELETE",
            "/api/profiles/{id}",
            on.catalogue.remove,
            "Remove a profile from the catalogue",
            admin=True,
            errors=(403, 404, 409, 412),
        ),
        Endpoint(
            "GET",
            "/api/entries/{id}/agenda",
            on.agendas.one,
            "What is known of an entry's time to come",
            query=("from", "to"),
            answer=AgendaView,
            errors=(404, 422),
            cost="read",
        ),
    ]


def _of_profiles(path: str, what: str, profiles: Profiles) -> list[Endpoint]:
    return [
        Endpoint(
            "GET",
            path,
            profiles.now,
            f"What holds now: {what}",
            query=("source",),
            answer=Profile | None,
            errors=(404, 422),
            cost="read",
        ),
        Endpoint(
            "PUT",
            path,
            profiles.set,
            f"Set {what} by hand",
            body=ProfileDraft,
            answer=Profile,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint(
            "DELETE",
            path,
            profiles.clear,
            f"Take back what was set by hand: {what}",
            answer=Profile,
            errors=(403, 404, 409, 412),
        ),
    ]
