from training.models.attendance import Attendance, AttendanceChange, ScanAttempt
from training.models.certificate import Certificate, CertificateChange
from training.models.cohort import CityStop, Cohort, CohortStaff
from training.models.completion import Closing, CompletionRecord
from training.models.enrolment import Enrolment
from training.models.export import Export
from training.models.ledger import CycleSetting, HoursEntry
from training.models.page import ProgrammeIndexPage, ProgrammePage
from training.models.programme import Module, Programme, ProgrammeMaterial, Requirement
from training.models.requirement_result import RequirementResult
from training.models.roster import RosterBatch, RosterChange
from training.models.session import AgendaItem, Session
from training.models.tally import Coverage, SessionTally

__all__ = [
    "AgendaItem",
    "Attendance",
    "AttendanceChange",
    "Certificate",
    "CertificateChange",
    "CityStop",
    "Closing",
    "Cohort",
    "CohortStaff",
    "CompletionRecord",
    "Coverage",
    "CycleSetting",
    "Enrolment",
    "Export",
    "HoursEntry",
    "Module",
    "Programme",
    "ProgrammeIndexPage",
    "ProgrammeMaterial",
    "ProgrammePage",
    "Requirement",
    "RequirementResult",
    "RosterBatch",
    "RosterChange",
    "ScanAttempt",
    "Session",
    "SessionTally",
]
