"""What a certificate says, of 唐静 (tests/factories/cast.py has the others)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from training.certificates.snapshot import TITLES, CertificateData, RequirementLine

DATA = CertificateData(
    number="SC-2026-K7Q2M9XRTB-4H",
    title=TITLES["completion"],
    holder_name="唐静",
    masked_id="511***********0327",
    unit_name="沐川县实验小学校",
    county_name="沐川县",
    city_name="乐山市",
    programme_title="信息技术推动教育变革与创新",
    cohort_name="乐山场",
    starts_on=date(2026, 11, 19),
    ends_on=date(2026, 11, 20),
    hours=Decimal("18.0"),
    requirements=(RequirementLine("返校行动方案", "从一道前测题开始", date(2026, 12, 12)),),
    issuer="四川省教育厅",
    issued_on=date(2026, 12, 22),
)
