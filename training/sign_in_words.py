"""What a phone says after a scan: 发生了什么、算不算数、现在做什么 (design.md §5, journey 1).

One page for each verdict; the words are here so that the page, the tests and a translator see all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.utils.translation import gettext as _

from community.wording import clock
from training.models import Session
from training.operations.board import WRONG_CODES
from training.operations.scan import CLAIM_MAX_AGE, Verdict
from training.operations.waiting import NAMES_A_PHONE


@dataclass(frozen=True)
class ResultWords:
    """``glyph`` stands in the tian grid, ``mods`` colour it; the three sentences are in order."""

    glyph: str
    mods: str
    title: str
    happened: str
    counts: str
    to_do: str
    status: int = HTTPStatus.CONFLICT


def words_of(
    verdict: Verdict,
    *,
    session: Session | None,
    kind: str = "in",
    seen_at: datetime | None = None,
) -> ResultWords:
    """The page of a verdict that made no mark. ``session`` is named where it is known."""
    place = session.label if session is not None else _("这一场")
    deed = _("签退") if kind == "out" else _("签到")
    window = session.window(kind) if session is not None else None
    times = {
        "label": place,
        "deed": deed,
        "seen": clock(seen_at),
        "opens": clock(window[0]) if window else "",
        "closes": clock(window[1]) if window else "",
        "class": session.cohort.name if session is not None else "",
        "minutes": int(CLAIM_MAX_AGE.total_seconds() // 60),
        "tries": WRONG_CODES,
        "names": NAMES_A_PHONE,
    }
    nothing = _("这次没有记为%(deed)s。") % times
    to_desk = _("请到门口签到台，由工作人员核对后%(deed)s。") % times
    scan_again = _("请扫大屏上现在的码。")
    known: dict[Verdict, ResultWords] = {
        Verdict.STALE: ResultWords(
            "旧",
            "err",
            _("这个码过期了"),
            _("二维码每20秒换一次，截图和转发的不能用。"),
            nothing,
            scan_again,
            HTTPStatus.GONE,
        ),
        Verdict.FUTURE: ResultWords(
            "旧",
            "wait",
            _("这个码还没到时间"),
            _("码上的时间比服务器的时间晚，可能是服务器刚对过时。"),
            nothing,
            _("请等一分钟，再扫大屏上的码。还不行，请到门口签到台。"),
        ),
        Verdict.FORGED: ResultWords(
            "误",
            "err",
            _("这不是签到码"),
            _("链接不完整，或者不是签到大屏上的码。"),
            nothing,
            _("请打开微信扫一扫，直接扫大屏上的码。"),
            HTTPStatus.BAD_REQUEST,
        ),
        Verdict.EARLY: ResultWords(
            "早",
            "idle",
            _("还没到%(deed)s时间") % times,
            _("%(label)s%(opens)s开始%(deed)s。") % times,
            _("这次扫码不占次数。"),
            _("到点后再扫一次就行。"),
        ),
        Verdict.CLOSED: ResultWords(
            "止",
            "wait",
            _("%(deed)s已经停止") % times,
            _("%(label)s%(closes)s停止%(deed)s，这次扫码是%(seen)s。") % times,
            nothing,
            to_desk,
        ),
        Verdict.NOT_ENROLLED: ResultWords(
            "名",
            "err",
            _("名单里没有您"),
            _("%(class)s的名单里没有您的账号，可能是单位登记的号码不同。") % times,
            nothing,
            _("可以先记下这次扫码，工作人员当天核对。"),
        ),
        Verdict.COPIED: ResultWords(
            "转",
            "err",
            _("这是另一部手机扫的码"),
            _("扫码的凭据只能在扫码的那部手机上用。"),
            nothing,
            _("请用这部手机扫大屏上现在的码。"),
        ),
        Verdict.CLAIM_EXPIRED: ResultWords(
            "旧",
            "err",
            _("扫码已经过了%(minutes)d分钟") % times,
            _("您%(seen)s扫的码，一直没有按%(deed)s。") % times,
            nothing,
            _("请再扫一次大屏上的码。%(deed)s时间过了，请到门口签到台。") % times,
            HTTPStatus.GONE,
        ),
        Verdict.NO_CLAIM: ResultWords(
            "扫",
            "idle",
            _("请先扫大屏上的码"),
            _("这部手机上没有正在等的扫码。浏览器不存Cookie，也会这样。"),
            nothing,
            _("请打开微信扫一扫，扫大屏上的码。扫过还是这样，请到门口签到台。"),
        ),
        Verdict.NO_SESSION: ResultWords(
            "空",
            "idle",
            _("没有这一场"),
            _("这个码对应的场次已经取消。"),
            nothing,
            _("请看班里的最新安排，或问门口工作人员。"),
            HTTPStatus.GONE,
        ),
        Verdict.COHORT_NOT_OPEN: ResultWords(
            "早",
            "idle",
            _("这个班还没有开始"),
            _("%(class)s还在准备，名单没有开放。") % times,
            nothing,
            _("请问门口工作人员。"),
        ),
        Verdict.COHORT_CLOSED: ResultWords(
            "结",
            "wait",
            _("这个班已经结班"),
            _("%(class)s已经结班，不再收签到。") % times,
            nothing,
            _("有遗漏，请联系班主任或主办地的联络人。"),
        ),
        Verdict.NO_SIGN_OUT: ResultWords(
            "免",
            "idle",
            _("这一场不用签退"),
            _("%(label)s只签到，不签退。") % times,
            nothing,
            _("不用再做什么。"),
        ),
        Verdict.NOT_SIGNED_IN: ResultWords(
            "先",
            "wait",
            _("您还没有签到"),
            _("%(label)s没有您的签到记录，签退要在签到之后。") % times,
            nothing,
            _("请到门口签到台，先补签到，再签退。"),
        ),
        Verdict.TOO_MANY: ResultWords(
            "止",
            "err",
            _("六位码输错太多次"),
            _("今天已经输错%(tries)d次，不能再试。") % times,
            nothing,
            _("请到门口签到台，由工作人员核对后签到。"),
        ),
        Verdict.PHONE_FULL: ResultWords(
            "止",
            "err",
            _("这部手机填的人太多"),
            _("这部手机已经替%(names)d个人填过姓名和手机号。") % times,
            nothing,
            _("请到门口签到台，由工作人员按姓名签到。"),
        ),
    }
    return known[verdict]
