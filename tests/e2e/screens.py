"""Every screen of the product in the demo: whose it is there, and at which address.

``test_every_address_with_a_page_is_looked_at`` compares this with the permission matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TRAINEE, TEACHER, CLERK = "hewenyuan", "luoxiaorong", "zhouqiming"
COUNTY, CITY, PROVINCE = "jimukeha", "jikeshibu", "jiangyuwei"
HOLDER = "tangjing"
PERSON = "areas/<str:area>/people/<int:member_id>/"
BATCH = "areas/<str:area>/rosters/batches/<int:batch_id>/"


@dataclass(frozen=True)
class Screen:
    """``address`` is the route of the permission matrix; its variables come from the demo's facts."""

    address: str
    who: str = ""
    query: str = ""
    status: int = 200
    path: str = ""

    def at(self, facts: dict[str, Any]) -> str:
        return (self.path or "/" + self.address).format(**facts) + self.query.format(**facts)


SCREENS = [
    Screen(""),
    Screen("", TRAINEE),
    Screen("help/"),
    Screen("privacy/"),
    Screen("accessibility/"),
    Screen("notices/"),
    Screen("notices/", path="/notices/{notice}/"),
    Screen("programmes/"),
    Screen("programmes/<slug:slug>/", path="/programmes/{programme}/"),
    Screen("programmes/<slug:slug>/", TRAINEE, path="/programmes/{programme}/"),
    Screen("studios/"),
    Screen("cases/"),
    Screen("accounts/login/"),
    Screen("accounts/login/code/"),
    Screen("accounts/signup/"),
    Screen("accounts/inactive/"),
    Screen("accounts/logout/", TRAINEE),
    Screen("accounts/reauthenticate/", TRAINEE),
    Screen("accounts/password/change/", TRAINEE),
    Screen("accounts/2fa/*allauth.mfa.urls", COUNTY, path="/accounts/2fa/"),
    Screen("accounts/2fa/*allauth.mfa.urls", COUNTY, path="/accounts/2fa/totp/activate/"),
    Screen("activate/"),
    Screen("activate/slip/"),
    Screen("q/<path:token>", path="/q/{token}"),
    Screen("q/<path:token>", TRAINEE, path="/q/{token}"),
    Screen("q/<path:token>", path="/q/{stale}", status=410),
    Screen("q/<path:token>", path="/q/2N2345678923", status=400),
    Screen("sign-in/", HOLDER, status=409),
    Screen("bl"),
    Screen("bl", TRAINEE),
    Screen("sessions/<int:session_id>/", TRAINEE, path="/sessions/{session}/"),
    Screen("sessions/<int:session_id>/desk/", CLERK, path="/sessions/{session}/desk/"),
    Screen("sessions/<int:session_id>/desk/", CITY, path="/sessions/{later}/desk/"),
    Screen(
        "sessions/<int:session_id>/sheet/", CLERK, path="/sessions/{session}/sheet/?county=513431"
    ),
    Screen("sessions/<int:session_id>/staff/", CLERK, path="/sessions/{session}/staff/"),
    Screen(
        "sessions/<int:session_id>/staff/",
        TEACHER,
        path="/sessions/{session}/staff/",
        query="?show=missing",
    ),
    Screen(
        "sessions/<int:session_id>/staff/many/",
        CLERK,
        path="/sessions/{session}/staff/many/",
        query="?county=513431",
    ),
    Screen(
        "sessions/<int:session_id>/staff/walk-in/", CLERK, path="/sessions/{session}/staff/walk-in/"
    ),
    Screen(
        "sessions/<int:session_id>/staff/people/<int:enrolment_id>/",
        CLERK,
        path="/sessions/{session}/staff/people/{marked}/",
    ),
    Screen(
        "sessions/<int:session_id>/staff/waiting/", CLERK, path="/sessions/{session}/staff/waiting/"
    ),
    Screen(
        "sessions/<int:session_id>/staff/waiting/<int:enrolment_id>/",
        CLERK,
        path="/sessions/{session}/staff/waiting/{waiting}/",
    ),
    Screen("cohorts/<int:cohort_id>/closing/", CITY, path="/cohorts/{cohort}/closing/"),
    Screen("cohorts/<int:cohort_id>/closing/", PROVINCE, path="/cohorts/{closed}/closing/"),
    Screen("cohorts/<int:cohort_id>/results/", CITY, path="/cohorts/{cohort}/results/"),
    Screen(
        "cohorts/<int:cohort_id>/results/<int:enrolment_id>/<int:key>/",
        CITY,
        path="/cohorts/{cohort}/results/{enrolment}/{requirement}/",
    ),
    Screen("v/"),
    Screen("v/<str:number>", path="/v/{certificate}"),
    Screen("v/<str:number>", path="/v/SC-2016-AAAAAAAAAA-AA"),
    Screen("me/certificates/<str:number>/", HOLDER, path="/me/certificates/{certificate}/"),
    Screen(
        "certificates/<str:number>/correct/", PROVINCE, path="/certificates/{certificate}/correct/"
    ),
    Screen("me/", TRAINEE),
    Screen("me/", HOLDER),
    Screen("me/records/", HOLDER),
    Screen("me/account/", TRAINEE),
    Screen("inbox/", HOLDER),
    Screen("inbox/", CITY),
    Screen("areas/<str:area>/coverage/", PROVINCE, path="/areas/510000/coverage/"),
    Screen("areas/<str:area>/coverage/", COUNTY, path="/areas/513431/coverage/"),
    Screen("areas/<str:area>/coverage/", COUNTY, path="/areas/513429/coverage/", status=403),
    Screen("areas/<str:area>/exports/", CITY, path="/areas/513400/exports/"),
    Screen("areas/<str:area>/sessions/", CITY, path="/areas/513400/sessions/"),
    Screen("areas/<str:area>/sessions/", COUNTY, path="/areas/513431/sessions/"),
    Screen("areas/<str:area>/sessions/new/", CITY, path="/areas/513400/sessions/new/"),
    Screen(
        "areas/<str:area>/sessions/new/",
        COUNTY,
        path="/areas/513431/sessions/new/",
        query="?programme={programme}",
    ),
    Screen(
        "areas/<str:area>/sessions/copy-stop/", PROVINCE, path="/areas/510000/sessions/copy-stop/"
    ),
    Screen("cohorts/<int:cohort_id>/settings/", COUNTY, path="/cohorts/{draft}/settings/"),
    Screen("cohorts/<int:cohort_id>/settings/", COUNTY, path="/cohorts/{cohort}/settings/"),
    Screen("cohorts/<int:cohort_id>/settings/", CITY, path="/cohorts/{cohort}/settings/"),
    Screen("cohorts/<int:cohort_id>/sessions/new/", CITY, path="/cohorts/{cohort}/sessions/new/"),
    Screen("cohorts/<int:cohort_id>/staff/", CITY, path="/cohorts/{cohort}/staff/"),
    Screen("cohorts/<int:cohort_id>/staff/", CITY, path="/cohorts/{cohort}/staff/?q=何"),
    Screen("sessions/<int:session_id>/settings/", CITY, path="/sessions/{later}/settings/"),
    Screen("sessions/<int:session_id>/agenda/", CITY, path="/sessions/{later}/agenda/"),
    Screen("areas/<str:area>/credits/", CITY, path="/areas/513400/credits/"),
    Screen("areas/<str:area>/rosters/", COUNTY, path="/areas/513431/rosters/"),
    Screen(
        "areas/<str:area>/rosters/<int:cohort_id>/", CITY, path="/areas/513400/rosters/{cohort}/"
    ),
    Screen(
        "areas/<str:area>/rosters/<int:cohort_id>/",
        COUNTY,
        path="/areas/513431/rosters/{cohort}/",
        query="?q=何文渊",
    ),
    Screen(
        "areas/<str:area>/rosters/<int:cohort_id>/add/",
        CITY,
        path="/areas/513400/rosters/{cohort}/add/",
    ),
    Screen(
        "areas/<str:area>/rosters/<int:cohort_id>/add/",
        COUNTY,
        path="/areas/513431/rosters/{cohort}/add/",
    ),
    Screen(BATCH, CITY, path="/areas/513400/rosters/batches/{checked}/"),
    Screen(BATCH, CITY, path="/areas/513400/rosters/batches/{imported}/"),
    Screen("areas/<str:area>/contact/", TRAINEE, path="/areas/513431/contact/"),
    Screen("areas/<str:area>/people/", COUNTY, path="/areas/513431/people/"),
    Screen("areas/<str:area>/people/", CITY, path="/areas/513400/people/", query="?state=new"),
    Screen("areas/<str:area>/people/slips/", COUNTY, path="/areas/513431/people/slips/"),
    Screen(PERSON, COUNTY, path="/areas/513431/people/{person}/"),
    Screen(PERSON + "phone/", COUNTY, path="/areas/513431/people/{person}/phone/"),
    Screen(PERSON + "phone/kept/", COUNTY, path="/areas/513431/people/{person}/phone/kept/"),
    Screen(PERSON + "name/", COUNTY, path="/areas/513431/people/{person}/name/"),
    Screen(PERSON + "transfer/", COUNTY, path="/areas/513431/people/{person}/transfer/"),
    Screen(PERSON + "two-step/", COUNTY, path="/areas/513431/people/{person}/two-step/"),
    Screen("areas/<str:area>/institutions/", COUNTY, path="/areas/513431/institutions/"),
    Screen("areas/<str:area>/institutions/add/", COUNTY, path="/areas/513431/institutions/add/"),
    Screen(
        "areas/<str:area>/institutions/<int:institution_id>/",
        COUNTY,
        path="/areas/513431/institutions/{school}/",
    ),
    Screen("areas/<str:area>/appointments/", CITY, path="/areas/513400/appointments/"),
    Screen(
        "areas/<str:area>/appointments/add/",
        CITY,
        path="/areas/513431/appointments/add/",
        query="?member={person}",
    ),
    Screen(
        "areas/<str:area>/appointments/<int:appointment_id>/withdraw/",
        CITY,
        path="/areas/513431/appointments/{power}/withdraw/",
    ),
    Screen("*wagtail.urls", path="/nothing/here/", status=404),
]

# Pages that are not looked at here, and why.
NOT_SCREENS = {
    "desk/": "leads on",
    "healthz": "a word",
    "robots.txt": "for machines",
    "favicon.ico": "a picture",
    "notices/feed/": "for readers of feeds",
    "documents/<int:document_id>/<path:filename>": "a file",
    "bl/": "leads on",
    "v": "leads on",
    "v/<str:number>/": "leads on",
    "sessions/<int:session_id>/desk/now": "a part of the desk",
    "exports/<int:export_id>/file": "a file",
    "rosters/template.xlsx": "a file",
    BATCH + "faults": "a file",
    "cohorts/<int:cohort_id>/closing/<int:number>/archive.zip": "a file",
    "me/certificates/<str:number>/certificate.pdf": "a file",
    "me/records/records.csv": "a file",
    "accounts/login/code/confirm/": "test_whole_chain looks at it",
    "accounts/password/set/": "leads on for who has a password",
    "sign-in/waiting/": "test_whole_chain looks at it",
    "bl/kept/": "test_whole_chain looks at it",
    "consent/": "leads on for who has agreed",
    "office/login/": "leads on",
    "office/account/": "leads on",
    "office/jsi18n/": "for scripts",
    "office/*wagtail.admin.urls": "Wagtail's own",
    "office/^(?:users|groups|sites|workflows|collections|redirects|reports|password_reset"
    "|failwhale|test404|embeds)(?:/(?P<rest>.*))?$": "not found",
}
