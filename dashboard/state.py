"""What one session holds: language, actor, and answers kept for it alone.

Streamlit's ``cache_data`` and ``cache_resource`` are shared by all users of the process, so case data never goes there:
an answer is kept in the session, under its actor and the store's version, and forgotten when either changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from secrets import token_hex
from typing import Any, NoReturn, TypeVar, cast

import streamlit as st

from dashboard.texts import SPEAKERS, Speaker, plain
from graph.access import Actor
from graph.errors import VinculoError
from graph.settings import settings
from graph.store import Store, open_store
from graph.view import View

T = TypeVar("T")
KEPT_ANSWERS = 40
PERSONAL = (
    "answers",
    "chart",
    "search",
    "filter",
    "flags",
    "communities",
    "rejects",
    "releases",
    "masks",
    "withdraw",
    "deliver",
    "watch",
)
log = logging.getLogger("vinculo.dashboard")


@st.cache_resource(show_spinner=False)
def _opened(url: str) -> Store:
    return open_store(url)


def store() -> Store:
    """The connection to the store; the only thing that sessions share."""
    return _opened(settings().store)


def speaker() -> Speaker:
    """Words in the session's language."""
    return SPEAKERS[st.session_state.get("language", settings().language)]


def set_actor(actor: Actor) -> None:
    """Remember who is asking; whoever was before leaves nothing behind."""
    former = st.session_state.get("actor")
    if former is not None and former != actor:
        forget()
    st.session_state["actor"] = actor


def forget() -> None:
    """Whoever was here leaves nothing behind."""
    st.session_state.pop("actor", None)
    for key in [k for k in st.session_state if str(k).startswith(PERSONAL)]:
        del st.session_state[key]


def actor() -> Actor:
    """Who is asking, as :mod:`dashboard.identity` found at the start of this run."""
    return cast(Actor, st.session_state["actor"])


def view() -> View:
    """The graph as the session's actor may see it, taken anew."""
    return store().view(actor())


def keep(name: Hashable, make: Callable[[], T]) -> T:
    """``make()``, or what it gave before in this session while the actor and the store's version are the same.

    A release may end by the clock alone, so an answer is also tied to the scope in force.
    """
    mine = view()
    scope = mine.scope()
    stand = (actor(), store().version(), tuple(sorted(scope.sights.items())), scope.expires)
    if st.session_state.get("answers_stand") != stand:
        st.session_state["answers_stand"] = stand
        st.session_state["answers"] = {}
    answers: dict[Hashable, Any] = st.session_state["answers"]
    if name not in answers:
        made = make()
        while len(answers) >= KEPT_ANSWERS:
            answers.pop(next(iter(answers)))
        answers[name] = made
    return cast(T, answers[name])


def guard(act: Callable[[], None]) -> bool:
    """Whether ``act`` went well. An error is shown as the catalogue's sentence; one that nobody foresaw by a reference
    number, under which the log has the whole of it."""
    say = speaker()
    try:
        act()
        return True
    except VinculoError as error:
        # what was asked for stands in it, and may have come with a link: no Markdown, no image of somebody's
        lines = [plain(line) for line in error.text(say.lang).splitlines()]
        st.error("  \n".join(lines), icon=":material/error:")
    except Exception:
        reference = token_hex(4).upper()
        log.exception("unexpected error %s", reference)
        st.error(say("error.unexpected", reference=reference), icon=":material/error:")
        st.stop()  # ends this run by an exception of Streamlit's own
    return False


def set_pages(pages: dict[str, st.Page]) -> None:
    """Remember this run's pages, so that one page can lead to another."""
    st.session_state["pages"] = pages


def has_page(name: str) -> bool:
    """Whether the actor has that page."""
    return name in st.session_state["pages"]


def first_page() -> str:
    """The page that the actor begins with."""
    return next(str(name) for name in st.session_state["pages"] if name != "start")


def go(name: str, **params: str | list[str]) -> NoReturn:
    """Leave for another page, with what it is to show in the address."""
    st.switch_page(st.session_state["pages"][name], query_params=params)


def asked(name: str, default: str = "") -> str:
    """A parameter of the address."""
    return str(st.query_params.get(name, default))
