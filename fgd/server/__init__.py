"""Serve pages of this machine: access control, templates and assets, and a server.

Nothing here knows what the pages are about. A room that shows pages makes Starlette routes, hands
them to ``server.application`` with a ``Access``, its ``Templates`` and its folder of assets, and
the result to ``server.run``:

    binding = Binding(port=8750)
    listener = listen(binding)
    access = Access(load_key(project.state / "door.key"), listener.getsockname()[1])
    pages = Templates()
    app = application(routes, access, pages, say=print)
    print(access.link)
    run(app, listener, binding)

Templates extend ``layout.html.jinja``; scripts import ``/static/base.js``; ``look.css`` has the
colours and controls. Scripts and styles come from files only: the policy forbids inline ones.
Importing this package loads no web library.
"""
