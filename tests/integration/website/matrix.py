"""The permission matrix: for every address, who may read it and who may act there.

A row is written for each pattern of ``website.urls``; the test beside it fails for an address without a
row and for a row without an address. A column not mentioned in a row is refused in the way the row says.
"""

from __future__ import annotations

from typing import Any

from tests.factories.world import World
from tests.integration.website.cells import *


def session_of(world: World) -> dict[str, Any]:
    return {"session_id": world.session.pk}


def person_of(world: World) -> dict[str, Any]:
    return {**session_of(world), "enrolment_id": world.marked.pk}


def waiting_of(world: World) -> dict[str, Any]:
    return {**session_of(world), "enrolment_id": world.waiting.pk}


def stranger_of(world: World) -> dict[str, Any]:
    return {**session_of(world), "enrolment_id": world.stranger.pk}


def export_of_zhaojue(world: World) -> dict[str, Any]:
    return {"export_id": world.export.pk}


def over(world: World) -> dict[str, Any]:
    return {"cohort_id": world.over.pk}


def closed(world: World) -> dict[str, Any]:
    return {"cohort_id": world.closed.pk}


def scanned(world: World) -> str:
    return f"/q/{world.code()}"


CLASS_SEEN = may(("trainee", "butuo", "zhaojue"), DESK)
"""凉山场 is seen by its people, by who runs or staffs it, and by counties that send people to it."""

SIGN_IN_ROWS: dict[str, Row] = {
    # The code is its own permission: whoever scans is judged.
    "q/<path:token>": Row(get=PUBLIC, given=lambda world: {"token": world.code()}),
    "sign-in/": Row(get=PUBLIC, post=PUBLIC, first=scanned),
    "sign-in/name/": Row(post=PUBLIC, first=scanned, typed=typed(name="阿牛", phone="13777709008")),
    "sign-in/waiting/": Row(get=PUBLIC),
    "bl": Row(
        get=PUBLIC,
        post=PUBLIC,
        typed=typed(
            code=lambda world: world.digits(),
            name=lambda world: world.trainee.name,
            phone="13777709008",
        ),
    ),
    "bl/": Row(get=PUBLIC, any_method=True),
    "bl/kept/": Row(get=PUBLIC),
    "sessions/<int:session_id>/": Row(get=CLASS_SEEN, given=session_of),
}

STAFF = may(DESK)

DESK_ROWS: dict[str, Row] = {
    "sessions/<int:session_id>/desk/": Row(get=STAFF, given=session_of),
    "sessions/<int:session_id>/desk/now": Row(get=STAFF, given=session_of),
    "sessions/<int:session_id>/sheet/": Row(get=STAFF, given=session_of),
    "sessions/<int:session_id>/staff/": Row(get=STAFF, given=session_of, query="?q=骉"),
    "sessions/<int:session_id>/staff/mark/": Row(
        post=STAFF, given=session_of, typed=typed(enrolment=lambda world: world.enrolment.pk)
    ),
    "sessions/<int:session_id>/staff/undo/": Row(
        post=STAFF, given=session_of, typed=typed(mark=lambda world: world.mark.pk)
    ),
    "sessions/<int:session_id>/staff/many/": Row(
        get=STAFF, post=STAFF, given=session_of, typed=typed(q="骉")
    ),
    "sessions/<int:session_id>/staff/walk-in/": Row(
        get=STAFF, post=STAFF, given=session_of, typed=typed(name="阿牛", phone="13777709009")
    ),
    "sessions/<int:session_id>/staff/people/<int:enrolment_id>/": Row(get=STAFF, given=person_of),
    "sessions/<int:session_id>/staff/people/<int:enrolment_id>/correct/": Row(
        post=STAFF,
        given=person_of,
        typed=typed(mark=lambda world: world.mark.pk, state="void", reason="代签，本人未到"),
    ),
    "sessions/<int:session_id>/staff/people/<int:enrolment_id>/hours/": Row(
        post=STAFF, given=person_of, typed=typed(hours="1.5", reason="上午十点离开")
    ),
    "sessions/<int:session_id>/staff/waiting/": Row(get=STAFF, given=session_of),
    "sessions/<int:session_id>/staff/waiting/confirm/": Row(post=STAFF, given=session_of),
    "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/": Row(get=STAFF, given=waiting_of),
    "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/match/": Row(
        post=STAFF,
        given=waiting_of,
        typed=typed(enrolment=lambda world: world.enrolment.pk),
    ),
    # Adding to a roster is for coordinators, not for the people in the hall (ruling 6).
    "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/admit/": Row(
        post=may(RUNNERS), given=stranger_of
    ),
    "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/strike/": Row(
        post=STAFF, given=waiting_of, typed=typed(reason="不是本班的人")
    ),
}

EXPORT_ROWS: dict[str, Row] = {
    "areas/<str:area>/exports/": Row(
        get=AREA,
        post=AREA,
        given=area_of_zhaojue,
        typed=typed(
            kind="completions",
            programme=lambda world: world.programme.pk,
            file_format="xlsx:utf-8-sig",
        ),
    ),
    "exports/<int:export_id>/file": Row(get=may(COUNTY), given=export_of_zhaojue, get_writes=True),
    # Asked for by the city: the county below sees nothing of it. Whoever may not agree is refused
    # by the operation (409), so only strangers are told 404.
    "exports/<int:export_id>/approve/": Row(
        post=may(RUNNERS), given=lambda world: {"export_id": world.unmasked.pk}
    ),
    "exports/<int:export_id>/cancel/": Row(
        post=may(COUNTY), given=lambda world: {"export_id": world.queued.pk}
    ),
    "areas/<str:area>/coverage/": Row(get=AREA, given=area_of_zhaojue),
}


def checked(world: World) -> dict[str, Any]:
    return {**area_of_zhaojue(world), "batch_id": world.checked.pk}


def imported(world: World) -> dict[str, Any]:
    return {**area_of_zhaojue(world), "batch_id": world.imported.pk}


BATCH = "areas/<str:area>/rosters/batches/<int:batch_id>/"

ROSTER_ROWS: dict[str, Row] = {
    "areas/<str:area>/sessions/": Row(get=AREA, given=area_of_zhaojue),
    "areas/<str:area>/credits/": Row(get=AREA, given=area_of_zhaojue),
    "areas/<str:area>/rosters/": Row(get=AREA, given=area_of_zhaojue),
    "rosters/template.xlsx": Row(get=SIGNED_IN),
    "areas/<str:area>/rosters/<int:cohort_id>/": Row(
        get=AREA,
        post=AREA,
        given=lambda world: {**area_of_zhaojue(world), "cohort_id": world.cohort.pk},
        typed=lambda world, actor: {"file": world.roster_file()},
    ),
    "areas/<str:area>/rosters/<int:cohort_id>/add/": Row(
        get=AREA,
        post=AREA,
        given=lambda world: {**area_of_zhaojue(world), "cohort_id": world.cohort.pk},
        typed=typed(
            name="骉阿六",
            phone="13777709777",
            county="513431",
            unit="骉曲镇中心小学校",
            trainee_type="teacher",
            form_number="1",
        ),
    ),
    BATCH: Row(get=AREA, given=checked),
    BATCH + "alike/": Row(post=AREA, given=checked, typed=typed(fix=lambda world: world.alike())),
    BATCH + "correct/": Row(post=AREA, given=checked, typed=typed(**{"r6-name": "骉阿五"})),
    BATCH + "import/": Row(post=AREA, given=checked),
    BATCH + "undo/": Row(post=AREA, given=imported),
    BATCH + "discard/": Row(post=AREA, given=checked),
    BATCH + "faults": Row(get=AREA, given=checked),
    "areas/<str:area>/rosters/people/<int:enrolment_id>/withdraw/": Row(
        post=AREA,
        given=lambda world: {**area_of_zhaojue(world), "enrolment_id": world.on_roster.pk},
    ),
}

CLASS_ROWS: dict[str, Row] = {
    # 凉山往期, run by the city, with people of 昭觉 only; its 班主任 is not staff there.
    "cohorts/<int:cohort_id>/closing/": Row(get=may(COUNTY), given=over),
    "cohorts/<int:cohort_id>/closing/close/": Row(
        post=may(RUNNERS, refused=["zhaojue"]), given=over
    ),
    "cohorts/<int:cohort_id>/closing/reopen/": Row(
        post=may(COUNTY), given=closed, typed=typed(reason="第二天下午的签到要更正")
    ),
    "cohorts/<int:cohort_id>/closing/<int:number>/archive.zip": Row(
        get=may(COUNTY), given=lambda world: {**closed(world), "number": 1}, get_writes=True
    ),
    "cohorts/<int:cohort_id>/certificates/issue/": Row(
        post=may(COUNTY),
        given=lambda world: {"cohort_id": world.unsigned.pk},
        typed=typed(expected="1"),
    ),
    "cohorts/<int:cohort_id>/results/": Row(get=may(COUNTY), given=over),
    "cohorts/<int:cohort_id>/results/upload/": Row(
        post=may(COUNTY), given=over, typed=lambda world, actor: world.results_file()
    ),
    "cohorts/<int:cohort_id>/results/<int:enrolment_id>/<int:key>/": Row(
        get=may(COUNTY),
        post=may(COUNTY),
        given=lambda world: {
            **over(world),
            "enrolment_id": world.over_enrolment.pk,
            "key": world.requirement.pk,
        },
        typed=typed(state="returned", note="请补充班级情况"),
    ),
}


AREA_OF_ALL = may(["province", "superuser"], otherwise=FORBIDDEN)
"""A screen under /areas/510000/."""

READERS = ("butuo", "zhaojue")
"""Coordinators of counties around 凉山场: they see how it is planned, and change nothing (ruling 6)."""
PLANNED = may(RUNNERS, refused=READERS)


def running(world: World) -> dict[str, Any]:
    return {"cohort_id": world.cohort.pk}


def half_day(position: int) -> Given:
    return lambda world: {"session_id": world.cohort.sessions.get(position=position).pk}


def lines(prefix: str, *typed_into: dict[str, Any]) -> dict[str, Any]:
    """A set of lines as a form sends it."""
    fields = {
        f"{prefix}-{number}-{name}": value
        for number, line in enumerate(typed_into)
        for name, value in line.items()
    }
    return {f"{prefix}-TOTAL_FORMS": len(typed_into), f"{prefix}-INITIAL_FORMS": 0, **fields}


DAYS = {"starts_on": "2026-12-01", "ends_on": "2026-12-02"}
HOURS = {"day": "2026-12-01", "start": "09:00", "end": "12:00"}
CLASS = {"name": "昭觉新班", "venue": "昭觉县电教馆", "late_minutes": 10, **DAYS}
WINDOWS = {"opens_before": 40, "closes_after": 60, "out_before": 10, "out_after": 30}

PLANNING_ROWS: dict[str, Row] = {
    "areas/<str:area>/sessions/new/": Row(
        get=AREA,
        post=AREA,
        given=area_of_zhaojue,
        query="?programme=it-change",
        typed=typed(make="1", code="ZJ-NEW", **CLASS, **lines("m")),
    ),
    "areas/<str:area>/sessions/copy-stop/": Row(
        get=AREA_OF_ALL,
        post=AREA_OF_ALL,
        given=lambda world: {"area": "510000"},
        typed=typed(
            stop=lambda world: world.cast.stop.pk,
            region="511100",
            starts_on="2026-12-03",
            venue="乐山师范学院",
        ),
    ),
    "cohorts/<int:cohort_id>/settings/": Row(
        get=may(RUNNERS, READERS), post=PLANNED, given=running, typed=typed(**CLASS)
    ),
    "cohorts/<int:cohort_id>/move/": Row(post=PLANNED, given=running, typed=typed(to="to_close")),
    "cohorts/<int:cohort_id>/sessions/new/": Row(
        get=may(COUNTY),
        post=may(COUNTY),
        given=lambda world: {"cohort_id": world.planned.pk},
        typed=typed(
            module=lambda world: world.programme.modules.all()[1].pk, label="下午", **HOURS
        ),
    ),
    "sessions/<int:session_id>/settings/": Row(
        get=PLANNED,
        post=PLANNED,
        given=half_day(3),
        typed=typed(label="第二天上午", late_minutes=15, **HOURS, **WINDOWS),
    ),
    "sessions/<int:session_id>/drop/": Row(post=PLANNED, given=half_day(3)),
    "sessions/<int:session_id>/agenda/": Row(
        get=may(COUNTY),
        post=may(COUNTY),
        given=lambda world: {"session_id": world.planned.sessions.get().pk},
        typed=typed(save="1", **lines("a", {"start": "09:00", "end": "09:30", "title": "开班"})),
    ),
    "cohorts/<int:cohort_id>/staff/": Row(
        get=PLANNED,
        post=PLANNED,
        given=running,
        typed=typed(member=lambda world: world.trainee.pk, role="lecturer", from_on="2026-12-01"),
    ),
    "cohorts/<int:cohort_id>/staff/<int:post_id>/remove/": Row(
        post=PLANNED,
        given=lambda world: {
            **running(world),
            "post_id": world.cohort.staff.get(member=world.clerk).pk,
        },
    ),
}


def number_of(world: World) -> dict[str, Any]:
    return {"number": world.certificate.number}


HOLDERS = ("trainee", *COUNTY)

CERTIFICATE_ROWS: dict[str, Row] = {
    "v/": Row(get=PUBLIC),
    "v": Row(get=PUBLIC, any_method=True),
    "v/<str:number>": Row(get=PUBLIC, given=number_of),
    "v/<str:number>/": Row(get=PUBLIC, given=number_of, any_method=True),
    "v/<str:number>/name/": Row(
        post=PUBLIC, given=number_of, typed=typed(name="骉文渊"), post_writes=False
    ),
    "me/certificates/<str:number>/": Row(get=may(HOLDERS), given=number_of),
    "me/certificates/<str:number>/certificate.pdf": Row(
        get=may(HOLDERS), given=number_of, get_writes=True
    ),
    "certificates/<str:number>/correct/": Row(
        get=may(COUNTY),
        post=may(COUNTY),
        given=number_of,
        typed=typed(name="骉文源", unit="骉曲镇中心小学校", reason="姓名错字"),
    ),
}

OWN_ROWS: dict[str, Row] = {
    "me/": Row(get=SIGNED_IN),
    "me/records/": Row(get=SIGNED_IN),
    "me/records/records.csv": Row(get=SIGNED_IN),
    "me/account/": Row(get=SIGNED_IN),
    "me/account/sessions/": Row(post=SIGNED_IN),
    "me/account/phone/": Row(post=SIGNED_IN),
    "consent/": Row(get=SIGNED_IN, post=SIGNED_IN, typed=typed(agree="on"), post_writes=False),
    "inbox/": Row(get=SIGNED_IN),
    "inbox/read/": Row(post=SIGNED_IN),
    "inbox/<int:notification_id>/": Row(
        post=may(["trainee"]),
        given=lambda world: {"notification_id": world.notification.pk},
    ),
}

PUBLIC_ROWS: dict[str, Row] = {
    "": Row(get=PUBLIC),
    "desk/": Row(get=SIGNED_IN),
    "healthz": Row(get=PUBLIC),
    "robots.txt": Row(get=PUBLIC),
    "favicon.ico": Row(get=PUBLIC),
    "help/": Row(get=PUBLIC),
    "privacy/": Row(get=PUBLIC),
    "accessibility/": Row(get=PUBLIC),
    "notices/": Row(get=PUBLIC),
    "notices/feed/": Row(get=PUBLIC, any_method=True),
    "programmes/": Row(get=PUBLIC),
    "programmes/<slug:slug>/": Row(get=PUBLIC, given=lambda world: {"slug": world.programme.slug}),
    "documents/<int:document_id>/<path:filename>": Row(
        get=PUBLIC,
        given=lambda world: {
            "document_id": world.handout.pk,
            "filename": world.handout.filename,
        },
    ),
    "studios/": Row(get=PUBLIC),
    "cases/": Row(get=PUBLIC),
}

CLOSED_TO_ALL = may([], otherwise=NOT_FOUND, stranger=NOT_FOUND)

ACCOUNT_ROWS: dict[str, Row] = {
    "activate/": Row(get=PUBLIC),
    "activate/slip/": Row(
        get=PUBLIC,
        post=PUBLIC,
        typed=typed(username="nobody", code="ABCD-EFGH", password="x", again="y"),
        post_writes=False,
    ),
    "accounts/login/": Row(get=PUBLIC, post=PUBLIC, post_writes=False, any_method=True),
    "accounts/login/code/": Row(get=PUBLIC, post=PUBLIC, post_writes=False, any_method=True),
    # Nobody has asked for a code here: strangers are sent to the log-in.
    "accounts/login/code/confirm/": Row(
        get=SIGNED_IN, post=SIGNED_IN, post_writes=False, any_method=True
    ),
    "accounts/logout/": Row(get=PUBLIC, post=PUBLIC, post_writes=False),
    "accounts/inactive/": Row(get=PUBLIC, any_method=True),
    "accounts/reauthenticate/": Row(
        get=SIGNED_IN, post=SIGNED_IN, post_writes=False, any_method=True
    ),
    "accounts/password/change/": Row(
        get=SIGNED_IN, post=SIGNED_IN, post_writes=False, any_method=True
    ),
    "accounts/password/set/": Row(
        get=SIGNED_IN, post=SIGNED_IN, post_writes=False, any_method=True
    ),
    # Accounts come from rosters (ruling 11).
    "accounts/signup/": Row(get=PUBLIC),
    # The office has no log-in, no accounts and no people of its own (ruling 9).
    "office/login/": Row(
        get=may([], otherwise=LOGIN),
        post=may([], otherwise=LOGIN),
        post_writes=False,
        any_method=True,
    ),
    "office/jsi18n/": Row(get=PUBLIC, any_method=True),
    "office/account/": Row(get=PUBLIC, any_method=True),
    "office/^(?:users|groups|sites|workflows|collections|redirects|reports|password_reset"
    "|failwhale|test404|embeds)(?:/(?P<rest>.*))?$": Row(get=CLOSED_TO_ALL, path="/office/users/"),
}


def newcomer(world: World) -> dict[str, Any]:
    return {**area_of_zhaojue(world), "member_id": world.newcomer.pk}


def asking(world: World) -> dict[str, Any]:
    return {**area_of_zhaojue(world), "member_id": world.trainee.pk}


PERSON = "areas/<str:area>/people/<int:member_id>/"

PEOPLE_ROWS: dict[str, Row] = {
    # Whom to ask is for everybody who works there.
    "areas/<str:area>/contact/": Row(
        get=may(["trainee"], COUNTY, otherwise=FORBIDDEN), given=area_of_zhaojue
    ),
    "areas/<str:area>/people/": Row(get=AREA, given=area_of_zhaojue),
    "areas/<str:area>/people/slips/": Row(
        get=AREA,
        post=AREA,
        given=area_of_zhaojue,
        typed=typed(member=lambda world: f"{world.newcomer.pk}:0"),
    ),
    PERSON: Row(get=AREA, given=newcomer),
    PERSON + "phone/": Row(
        get=AREA, post=AREA, given=newcomer, typed=typed(phone="13777709010", reason="换了号码")
    ),
    PERSON + "phone/kept/": Row(
        get=AREA, post=AREA, given=asking, typed=typed(reason="号码没有换")
    ),
    PERSON + "name/": Row(
        get=AREA, post=AREA, given=newcomer, typed=typed(name="骉新来", reason="写错了")
    ),
    PERSON + "transfer/": Row(
        get=AREA,
        post=AREA,
        given=newcomer,
        typed=typed(
            school=lambda world: world.school.name,
            on="2026-01-04",
            reason="调动",
        ),
    ),
    PERSON + "slip/": Row(post=AREA, given=newcomer),
    PERSON + "two-step/": Row(get=AREA, post=AREA, given=newcomer, typed=typed(reason="手机丢了")),
    PERSON + "sessions/": Row(post=AREA, given=newcomer),
}


def school_of(world: World) -> dict[str, Any]:
    return {**area_of_zhaojue(world), "institution_id": world.school.pk}


INSTITUTION = "areas/<str:area>/institutions/<int:institution_id>/"

INSTITUTION_ROWS: dict[str, Row] = {
    "areas/<str:area>/institutions/": Row(get=AREA, given=area_of_zhaojue),
    "areas/<str:area>/institutions/add/": Row(
        get=AREA,
        post=AREA,
        given=area_of_zhaojue,
        typed=typed(
            region="513431",
            name="骉洛教学点",
            kind="teaching_point",
            stage="primary",
            is_another="on",
        ),
    ),
    INSTITUTION: Row(
        get=AREA,
        post=AREA,
        given=school_of,
        typed=typed(name="骉古镇完全小学校", kind="rural_school", stage="primary"),
    ),
    INSTITUTION + "state/": Row(post=AREA, given=school_of, typed=typed(open="0", reason="撤并")),
}

APPOINTMENT_ROWS: dict[str, Row] = {
    "areas/<str:area>/appointments/": Row(get=AREA, given=area_of_zhaojue),
    "areas/<str:area>/appointments/add/": Row(
        get=AREA,
        post=AREA,
        given=area_of_zhaojue,
        typed=typed(
            member=lambda world: world.newcomer.pk,
            role="coordinator",
            region="513431",
            from_on="2026-01-04",
        ),
    ),
    "areas/<str:area>/appointments/<int:appointment_id>/withdraw/": Row(
        get=AREA,
        post=AREA,
        given=lambda world: {**area_of_zhaojue(world), "appointment_id": world.power.pk},
        typed=typed(reason="换人"),
    ),
}

ROWS: dict[str, Row] = {
    **PUBLIC_ROWS,
    **SIGN_IN_ROWS,
    **DESK_ROWS,
    **ROSTER_ROWS,
    **CLASS_ROWS,
    **PLANNING_ROWS,
    **CERTIFICATE_ROWS,
    **OWN_ROWS,
    **ACCOUNT_ROWS,
    **EXPORT_ROWS,
    **PEOPLE_ROWS,
    **INSTITUTION_ROWS,
    **APPOINTMENT_ROWS,
}

EDITORS = may(["editor", "superuser"], otherwise=LOGIN)

# What others hang below an address of ours, with a few addresses that stand for the rest.
FAMILIES: dict[str, dict[str, Row]] = {
    "accounts/2fa/*allauth.mfa.urls": {
        "accounts/2fa/": Row(get=SIGNED_IN),
        "accounts/2fa/totp/activate/": Row(get=SIGNED_IN, post=SIGNED_IN, any_method=True),
        # Nobody has switched it on.
        "accounts/2fa/totp/deactivate/": Row(get=may([]), post=may([]), any_method=True),
        "accounts/2fa/recovery-codes/generate/": Row(
            get=SIGNED_IN, post=SIGNED_IN, any_method=True
        ),
    },
    "office/*wagtail.admin.urls": {
        "office/": Row(get=EDITORS),
        "office/pages/": Row(get=EDITORS),
        "office/snippets/training/programme/": Row(get=EDITORS),
        "office/snippets/training/programme/add/": Row(get=EDITORS, post=EDITORS, any_method=True),
    },
    "*wagtail.urls": {
        "notices/nothing-here/": Row(get=may([], stranger=NOT_FOUND)),
        "_util/login/": Row(get=PUBLIC, any_method=True),
    },
}
