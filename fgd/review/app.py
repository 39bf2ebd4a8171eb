"""The pages of a project as one application, and the server that shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from starlette.types import ASGIApp

from fgd.project import Project
from fgd.review.asks import Asks
from fgd.review.house import QUIET, House
from fgd.review.uploads import MOST
from fgd.review.views import Views
from fgd.web.doorkeeper import Doorkeeper, load_key
from fgd.web.pages import Pages
from fgd.web.server import Binding, application, listen, run

STATIC = Path(__file__).resolve().parent / "static"


def build(
    project: Project,
    keeper: Doorkeeper,
    *,
    most: int = MOST,
    home: str = "/",
    say: Callable[[str], None] | None = None,
) -> tuple[ASGIApp, House]:
    """The application behind its door; ``most`` bounds an uploaded recording, in bytes."""
    house = House(project, most=most)
    pages = Pages(("fgd.review", "fgd.web"))
    routes = [*Asks(house).routes(), *Views(house, pages).routes()]
    assets = {"review": STATIC}
    app = application(routes, keeper, pages, assets, home=home, say=say, stop=house.close)
    return app, house


def serve(
    project: Project,
    binding: Binding,
    *,
    password: str = "",
    session: str = "",
    most: int = MOST,
    say: Callable[[str], None],
) -> None:
    """Serve until interrupted; ``say`` is told each link that opens the door, which leads to the
    session with the id ``session`` if there is one.

    Raises ``InputError`` if nothing can listen on the address, ``OSError`` for the key's file.
    """
    listener = listen(binding)
    keeper = Doorkeeper(
        load_key(project.state / "review" / "key"),
        listener.getsockname()[1],
        binding.address,
        password,
        encrypted=binding.certificate is not None,
    )
    home = f"/s/{quote(session, safe='')}" if session else "/"
    app, house = build(project, keeper, most=most, home=home, say=say)
    if session:
        house.prepare(session)
    else:
        house.jobs.warm(after=QUIET)
    say(keeper.link)
    run(app, listener, binding)
