"""Pages and sockets, for an ASGI server; in the embedded default the task worker lives here too."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "website.settings.base")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from community.sockets import FullOrigins  # noqa: E402
from website.lifespan import Lifespan  # noqa: E402
from website.routing import websocket_urlpatterns  # noqa: E402

application = Lifespan(
    ProtocolTypeRouter(
        {
            "http": pages,
            # Full origins: the allowed-hosts validator would let another port or scheme in.
            "websocket": FullOrigins(
                AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), settings.SOCKET_ORIGINS
            ),
        }
    )
)
