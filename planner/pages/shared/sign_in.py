"""Who has signed in: the door before every page where others reach it, and who may go on behind it.

What somebody may do is read from the register at every turn. Streamlit verifies a sign-in once, keeps it for
30 days and leaves other tabs signed in, so how long it lasts and that it was ended are looked at here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.loading import REGISTER_VARIABLE
from planner.errors import DataError
from planner.pages.shared import visit_memory
from planner.pages.shared.words import bullets, control, plain
from planner.records.sign_in import SignIn, Visitor, in_force

if TYPE_CHECKING:
    from planner.register import Person, Register

BEHIND = "signed-in-as"
"""Where the session notes who went through the door, and what they might do then."""

CHANGED = "signed-in-changed"
"""Where the session notes that this is other than it was."""

MOST_ENDED = 10_000
"""Sign-ins that are remembered as ended, the latest."""

_ended: dict[str, None] = {}


@lru_cache(maxsize=4)
def kept_at(address: str) -> Register:
    """The register at an address."""
    from planner.register import Register  # its library takes a second to import

    return Register(address)


def account() -> str:
    """The account of who has signed in, and not out again; empty where nobody has."""
    found = in_force()
    return "" if found is None else _visitor(found, st.user.to_dict()).account


def person() -> Person | None:
    """Who has signed in, and what they may do now; None for nobody, or nobody whom the register knows.

    Raises
    ------
    DataError
        The register cannot be read.
    """
    return _known(account())


def admitted() -> bool:
    """Draws who has signed in, or the door; whether there is a page behind it for whoever looks."""
    found = in_force()
    if found is None:
        return True
    visitor = _visitor(found, st.user.to_dict())
    try:
        known = _known(visitor.account)
    except DataError as error:
        st.error(bullets(problem.told(control) for problem in error.problems))
        return False
    if known is None or not known.roles:
        _let_go(None)
        st.title("NVQ planner")
        _door(found, visitor, known)
        return False
    _let_go((known.id, known.roles))
    with st.container(horizontal=True, vertical_alignment="center", key="signed-in"):
        st.markdown(
            f"Signed in as **{plain(known.name)}** ({plain(', '.join(known.roles))})", width="content"
        )
        _out(found)
    if st.session_state.pop(CHANGED, False):
        st.info("What you may do has changed, so what was open here is closed.", icon=":material/key:")
    return True


def checked(content: Callable[[], bytes]) -> Callable[[], bytes]:
    """The making of a file, which a page may offer longer than somebody may have it."""
    found = in_force()
    if found is None:
        return content
    noted, claims = st.session_state.get(BEHIND), st.user.to_dict()  # it is made where no visit is known

    def made() -> bytes:
        known = _known(_visitor(found, claims).account)
        if known is None or (known.id, known.roles) != noted:
            raise PermissionError("what they may do has changed")
        return content()

    return made


def _let_go(now: tuple[str, tuple[str, ...]] | None) -> None:
    """Closes all that was opened by somebody who is another now, or may do something else."""
    state = st.session_state
    if BEHIND in state and state[BEHIND] != now:
        visit_memory.forget()
        state[CHANGED] = True
    if now is not None:
        state[BEHIND] = now


def _door(found: SignIn, visitor: Visitor, known: Person | None) -> None:
    st.session_state.pop(CHANGED, None)
    if visitor.refusal:
        st.warning(plain(visitor.refusal))
    if known is not None:
        st.error(
            f"You are signed in as {plain(known.name)}, and may not do anything here: a manager can change "
            "that."
        )
    elif visitor.account:
        st.error(
            f"You are signed in as {plain(visitor.account)}, and the register does not know whose account "
            "that is. A manager can say so there; until then there is nothing here for you."
        )
    if visitor.account:
        _out(found)
    elif found.provider is not None:
        st.markdown("This page is for people whom the centre's register knows.")
        st.button("Sign in", key="sign-in", icon=":material/login:", type="primary", on_click=st.login)
    else:
        st.markdown("Nobody is signed in: the proxy before this page has named nobody.")


def _out(found: SignIn) -> None:
    """The way out; of the proxy's sign-in the proxy has one."""
    if found.provider is not None:
        st.button("Sign out", key="sign-out", icon=":material/logout:", type="tertiary", on_click=_sign_out)


def _sign_out() -> None:
    _ended[_mark(st.user.to_dict())] = None
    while len(_ended) > MOST_ENDED:
        del _ended[next(iter(_ended))]
    visit_memory.forget()
    st.logout()


def _known(account: str) -> Person | None:
    return kept_at(os.environ[REGISTER_VARIABLE]).who(account) if account else None


def _visitor(found: SignIn, claims: Mapping[str, object]) -> Visitor:
    return Visitor() if _mark(claims) in _ended else found.visitor(claims)


def _mark(claims: Mapping[str, object]) -> str:
    """Stands for one sign-in, whichever tabs have it: the provider draws one of the claims anew for each."""
    told = sorted((key, str(value)) for key, value in claims.items())
    return hashlib.sha256(repr(told).encode()).hexdigest()
