"""``python -m tests.bench.bare.plant``, after migrating without us: our two tables, and a bare page.

Prints how many SQL statements the page takes, so that the floor is what it says.
"""

from __future__ import annotations

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

from tests.bench.bare.models import BarePage, RawMark  # noqa: E402
from tests.bench.statements import statements  # noqa: E402

PARAGRAPH = "<p>送培训到市州，学做结合。每个半天三学时，到场签到，结班后计入学时。</p>"

if __name__ == "__main__":
    with connection.schema_editor() as editor:
        editor.create_model(BarePage)
        editor.create_model(RawMark)
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=BarePage(title="首页", slug="front", body=PARAGRAPH * 16))
    for number in range(1, 6):
        home.add_child(
            instance=BarePage(title=f"第{number}页", slug=f"page-{number}", show_in_menus=True)
        )
    Site.objects.update(root_page=home)
    client = Client(headers={"host": "localhost"})
    client.get("/")
    with statements() as sent:
        answer = client.get("/")
    print(answer.status_code, len(sent), len(answer.content))
