"""What a certificate says, once, for the screen, the printed page and the PDF.

The words are not translated: a certificate reads the same whoever opens it, in whatever language.
"""

from datetime import date

from training.certificates.snapshot import CertificateData, RequirementLine, plain_figure

Run = tuple[str, bool]
"""A piece of text, and whether it is emphasised."""


def body_sentence(data: CertificateData) -> list[Run]:
    """The sentence in the middle, in runs; the holder's name and the hours are emphasised.

    Hours are 学时; 学分 follow in brackets only where the snapshot has them.
    """
    ending = "准予结业" if data.title.startswith("结业") else "特发此证"
    return [
        (data.holder_name, True),
        (
            f"{_in_brackets(workplace(data))}于{date_range(data.starts_on, data.ends_on)}参加"
            f"“{_quoted(data.programme_title)}”培训{_in_brackets(data.cohort_name)}，"
            f"{_works(data)}{_verdict(data.grade)}，计",
            False,
        ),
        (plain_figure(data.hours), True),
        (f"学时{_credits(data)}，{ending}。", False),
    ]


def number_line(data: CertificateData) -> list[tuple[str, str]]:
    """What stands under the title: label and value, the masked number only where there is one."""
    pairs = [("编号", data.number)]
    if data.masked_id:
        pairs.append(("证件号", data.masked_id))
    return pairs


def workplace(data: CertificateData) -> str:
    """City, county and unit, without saying again what the unit's own name begins with."""
    place = data.city_name + data.county_name.removeprefix(data.city_name)
    unit = data.unit_name
    if not unit:
        return place
    if data.city_name and unit.startswith(data.city_name):
        return unit
    if data.county_name and unit.startswith(data.county_name):
        return data.city_name + unit if data.city_name != data.county_name else unit
    return place + unit


def date_range(first: date, last: date) -> str:
    """2026年11月19日至20日: what the two days share is said once."""
    start = f"{first.year}年{first.month}月{first.day}日"
    if first == last:
        return start
    if first.year != last.year:
        return f"{start}至{last.year}年{last.month}月{last.day}日"
    if first.month != last.month:
        return f"{start}至{last.month}月{last.day}日"
    return f"{start}至{last.day}日"


def _in_brackets(text: str) -> str:
    return f"（{text}）" if text else ""


def _quoted(title: str) -> str:
    """Quotation marks inside quotation marks are single ones."""
    return title.translate({ord("“"): "‘", ord("”"): "’"})


def _works(data: CertificateData) -> str:
    said = [_work(line, data.ends_on.year) for line in data.requirements]
    return f"并{'，'.join(said)}，" if said else ""


def _work(line: RequirementLine, year: int) -> str:
    day = ""
    if line.done_on:
        written_year = f"{line.done_on.year}年" if line.done_on.year != year else ""
        day = f"于{written_year}{line.done_on.month}月{line.done_on.day}日"
    title = line.work.removeprefix("《").removesuffix("》")
    title = title.translate({ord("《"): "〈", ord("》"): "〉"})
    return f"{day}完成{line.name}" + (f"《{title}》" if title else "")


def _verdict(grade: str | None) -> str:
    if not grade:
        return "经审核合格"
    return "经考核合格" if grade == "合格" else f"经考核，等次为{grade}"


def _credits(data: CertificateData) -> str:
    return "" if data.credits is None else f"（{plain_figure(data.credits)}学分）"
