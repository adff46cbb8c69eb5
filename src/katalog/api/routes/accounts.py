"""Accounts: logging in, one's own, everybody's, tokens and invitations."""

from functools import partial

from katalog.api.accounts import AccountDraft, AccountPatch, AccountView
from katalog.api.endpoint import Endpoint
from katalog.api.invitations import CSV as INVITATIONS
from katalog.api.invitations import InvitationView, InvitedPeople
from katalog.api.login import Credentials
from katalog.api.me import MeView, PasswordChange
from katalog.api.routes.handlers import Handlers
from katalog.api.tokens import TokenDraft, TokenView


def rows(on: Handlers) -> list[Endpoint]:
    all_, own, one = "/api/accounts", "/api/accounts/me", "/api/accounts/{id}"
    row = partial(Endpoint, admin=True)
    return [
        Endpoint(
            "GET",
            "/api/auth/login",
            on.login.login,
            "Begin a session by Basic, the query or Bearer",
            public=True,
            query=("username", "password"),
            errors=(401, 403, 429),
            cost="login",
        ),
        Endpoint(
            "POST",
            "/api/auth/login",
            on.login.login,
            "Begin a session by Basic, form, JSON or Bearer",
            public=True,
            body=Credentials,
            errors=(400, 401, 403, 413, 429),
            cost="login",
        ),
        Endpoint("POST", "/api/auth/logout", on.login.logout, "End the session", public=True, errors=(403,)),
        Endpoint("GET", "/api/auth/logout", on.login.logout, "End the session", public=True, errors=(403,)),
        Endpoint("GET", "/api/tokens", on.tokens.all, "Your tokens and sessions", answer=list[TokenView]),
        Endpoint(
            "POST",
            "/api/tokens",
            on.tokens.add,
            "Make a token; its secret is shown once",
            body=TokenDraft,
            answer=TokenView,
            status=201,
            errors=(400, 403, 413, 422),
        ),
        Endpoint("DELETE", "/api/tokens/{id}", on.tokens.revoke, "Revoke a token or end a session", errors=(403, 404)),
        Endpoint("GET", own, on.me.one, "Your own account, and what you may do", answer=MeView),
        Endpoint(
            "PUT",
            f"{own}/password",
            on.me.set_password,
            "Change your own password",
            body=PasswordChange,
            errors=(400, 403, 409, 412, 413, 422),
            cost="login",
        ),
        row("GET", all_, on.accounts.all, "Who can log in", answer=list[AccountView], errors=(403,)),
        row(
            "POST",
            all_,
            on.accounts.add,
            "Add an account, with an invitation; its link is shown once",
            body=AccountDraft,
            answer=AccountView,
            status=201,
            errors=(400, 403, 409, 413, 422),
        ),
        row(
            "POST",
            f"{all_}/invitations",
            on.invitations.everybody,
            "Accounts and invitations for all people who have none",
            query=("format",),
            answer=InvitedPeople,
            texts=(INVITATIONS,),
            errors=(403, 422),
        ),
        row("GET", one, on.accounts.one, "One account", answer=AccountView, errors=(403, 404)),
        row(
            "PATCH",
            one,
            on.accounts.change,
            "Change role and entry of an account, disable or enable it",
            body=AccountPatch,
            answer=AccountView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        row(
            "POST",
            f"{one}/invitation",
            on.invitations.one,
            "A new link by which an account's password is chosen",
            answer=InvitationView,
            errors=(403, 404, 409),
        ),
        row(
            "GET",
            f"{one}/tokens",
            on.tokens.all_of,
            "An account's tokens and sessions",
            answer=list[TokenView],
            errors=(403, 404),
        ),
        row(
            "POST",
            f"{one}/tokens",
            on.tokens.add_for,
            "Make a token for a program; its secret is shown once",
            body=TokenDraft,
            answer=TokenView,
            status=201,
            errors=(400, 403, 404, 409, 413, 422),
        ),
        row(
            "DELETE",
            f"{one}/tokens/{{token}}",
            on.tokens.revoke_of,
            "Revoke somebody's token or end a session",
            errors=(403, 404),
        ),
    ]
