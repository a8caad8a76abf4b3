"""Hand-outs: whoever may read them gets the file, as a download and never as a page of ours."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from wagtail.documents.views.serve import serve

from community.models import Material, Member, NoticePage
from community.scope import Viewer
from training.models import ProgrammeMaterial, ProgrammePage

# Whatever a file contains, it runs nothing and is shown by nobody.
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


@require_safe
def document(request: HttpRequest, document_id: str, filename: str) -> HttpResponseBase:
    """One hand-out under its id and name. HEAD, conditional and Range requests ask the same gate.

    Not found: unknown, misnamed, or published nowhere. Who is a stranger and would have to log in is sent
    there.
    """
    material = get_object_or_404(Material, pk=document_id)
    if material.filename != filename or not is_shown(material, request.user):
        raise Http404
    if not Material.objects.visible_to(request.user).filter(pk=material.pk).exists():
        return redirect_to_login(request.get_full_path())
    try:
        response: HttpResponseBase = serve(request, document_id, filename)
    except FileNotFoundError:
        raise Http404 from None
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def is_shown(material: Material, viewer: Viewer) -> bool:
    """Whether anything published offers ``material``; editors see what is only a draft, too."""
    if isinstance(viewer, Member) and viewer.has_perm("wagtailadmin.access_admin"):
        return True
    if ProgrammeMaterial.objects.filter(material=material, programme__live=True).exists():
        return True
    link = _linked_in("body", material)
    return (
        ProgrammePage.objects.live().filter(link, programme__live=True).exists()
        or NoticePage.objects.live().filter(link).exists()
    )


def _linked_in(field: str, material: Material) -> Q:
    """Rich text that links to ``material``: the editor writes the two attributes in either order."""
    return Q(**{f"{field}__contains": f'<a id="{material.pk}" linktype="document"'}) | Q(
        **{f"{field}__contains": f'<a linktype="document" id="{material.pk}"'}
    )
