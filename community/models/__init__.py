from community.models.account import ActivationSlip, Consent
from community.models.affiliation import Affiliation
from community.models.appointment import Appointment
from community.models.audit import AuditEntry
from community.models.event import Event
from community.models.institution import Institution
from community.models.media import Material, Picture, PictureRendition
from community.models.member import Member
from community.models.notice import NoticeIndexPage, NoticePage
from community.models.notification import Notification
from community.models.region import Designation, Region, RegionAlias

__all__ = [
    "ActivationSlip",
    "Affiliation",
    "Appointment",
    "AuditEntry",
    "Consent",
    "Designation",
    "Event",
    "Institution",
    "Material",
    "Member",
    "NoticeIndexPage",
    "NoticePage",
    "Notification",
    "Picture",
    "PictureRendition",
    "Region",
    "RegionAlias",
]
