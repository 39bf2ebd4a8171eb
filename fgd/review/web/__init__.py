"""What any page of this machine needs: a door, a guard, templates and assets, and a server.

Nothing here knows what the pages are about. A room that shows pages makes its routes, hands them
to ``application`` and the result to ``serve``. Importing this package loads no web library.
"""
