"""The pages of a project as one application, and the server that shows it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.types import ASGIApp

from fgd.server.asks import Asks
from fgd.server.doorkeeper import Doorkeeper, load_key
from fgd.server.house import QUIET, House
from fgd.server.pages import Pages
from fgd.server.server import Binding, application, listen, run
from fgd.server.uploads import MOST
from fgd.server.views import Views
from fgd.workspace.project import Project


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
    pages = Pages()
    routes = [*Asks(house).routes(), *Views(house, pages).routes()]
    app = application(routes, keeper, pages, home=home, say=say, stop=house.close)
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
