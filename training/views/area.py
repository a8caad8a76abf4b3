"""The gate of /areas/<code>/, as the ground keeps it."""

from community.views.area import AreaOutOfScope, area_or_403

__all__ = ["AreaOutOfScope", "area_or_403"]
