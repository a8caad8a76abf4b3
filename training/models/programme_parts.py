"""How a programme's modules and requirements keep their ids through drafts, publishing and restoring.

A module's id is its content key for ever (ruling 22). Wagtail gives a new row its id when it is published,
and a new one again whenever a draft that was made before is published after it. Here a part gets its id as
soon as a draft holds it; and a revision is read as it was written, whatever became of the rows since.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from community.models import Material

# The least that the database accepts as a row; it lives for the length of one savepoint.
_LEAST: Final[dict[str, dict[str, Any]]] = {
    "modules": {"title": "", "kind": "lecture", "hours": 1},
    "requirements": {"title": "", "kind": "work"},
}


class ProgrammeParts:
    """Mixed into ``Programme``, in front of Wagtail's mixins."""

    pk: Any
    modules: Any
    requirements: Any

    def save_revision(self, *args: Any, **kwargs: Any) -> Any:
        """A revision in which every module and requirement has the id that it keeps."""
        self._give_ids()
        return super().save_revision(*args, **kwargs)  # type: ignore[misc]

    @transaction.atomic
    def save(self, **kwargs: Any) -> None:
        """Let requirements go of modules that are dropped: modules are written first, and are protected."""
        held = vars(self).get("_cluster_related_objects", {})
        if self.pk is not None and "modules" in held:
            kept = [module.pk for module in held["modules"] if module.pk is not None]
            rows = self.requirements.model.objects.filter(programme_id=self.pk)
            rows.exclude(module=None).exclude(module__in=kept).update(module=None)
        super().save(**kwargs)  # type: ignore[misc]

    @classmethod
    def from_serializable_data(
        cls, data: dict[str, Any], check_fks: bool = True, strict_fks: bool = False
    ) -> Any:
        """A revision as it was written, less what it points to and no longer exists.

        Its modules may have no rows now: they come back when it is published.
        """
        modules = {module["pk"] for module in data.get("modules", [])}
        requirements = [
            {**line, "module": line["module"] if line["module"] in modules else None}
            for line in data.get("requirements", [])
        ]
        wanted = [line["material"] for line in data.get("materials", [])]
        there = set(Material.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        materials = [line for line in data.get("materials", []) if line["material"] in there]
        mended = {**data, "requirements": requirements, "materials": materials}
        return super().from_serializable_data(mended, check_fks=False)  # type: ignore[misc]

    def _give_ids(self) -> None:
        for relation, least in _LEAST.items():
            for part in getattr(self, relation).all():
                if part.pk is None:
                    part.pk = self._fresh_id(type(part), least)

    def _fresh_id(self, model: Any, least: dict[str, Any]) -> int:
        """An id that no row of ``model`` has or will have: sequences never go back."""
        with transaction.atomic():
            row = model.objects.create(programme_id=self.pk, **least)
            fresh = int(row.pk)
            row.delete()
        return fresh
