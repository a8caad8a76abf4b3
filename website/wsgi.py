"""Pages, for a WSGI server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "website.settings.base")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from website.operations.installation import require_keys  # noqa: E402

require_keys()
