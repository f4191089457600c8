"""A document with every kind of block, hostile in every text, and what is known of its figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from reporting.charts import ChartSpec, Series
from reporting.documents import model
from reporting.documents.figures import TracedFigure
from reporting.documents.model import FigureRun, text

#: A template language, markup, a control character and half a surrogate pair: what must come out is RAW without the
#: control character, and 〓 for what is no character.
HOSTILE: Final = "{{7*7}}{% now %}<script>alert(1)</script>a<b & c\x07\ud800"
CLEANED: Final = "{{7*7}}{% now %}<script>alert(1)</script>a<b & c〓"
TITLE: Final = "东山镇2025年统一战线工作总结"
DATE: Final = dt.date(2026, 1, 5)
SENTENCE: Final = "深入学习贯彻党的统一战线工作方针政策团结引导各方面人士服务全镇发展大局"

TABLE: Final = model.Table(
    f"数据{HOSTILE}",
    (model.Column("指标"), model.Column("单位", "center"), model.Column("数值", "right")),
    tuple(
        (text(f"指标{number}{HOSTILE}"), text("次"), text(FigureRun("work.meetings", str(number))))
        for number in range(40)
    ),
)
CHART: Final = model.Chart(
    ChartSpec("bar", f"对比{HOSTILE}", "次", ("专题研究", HOSTILE), (Series("2025年", (3.0, 5.0)),)),
    f"条形图：专题研究3次{HOSTILE}",
    TABLE,
)
DOCUMENT: Final = model.Document(
    name=TITLE,
    office="东山镇",
    date=DATE,
    blocks=(
        model.Title(("东山镇", "2025年统一战线工作总结")),
        model.Addressee("县委统战部"),
        model.Heading(1, "基本情况"),
        model.Heading(2, "组织领导"),
        model.Heading(3, "第三级"),
        model.Heading(4, f"第四级{HOSTILE}"),
        model.Paragraph(
            text(
                f"{HOSTILE}召开会议",
                FigureRun("work.meetings", "3次"),
                "，上年",
                FigureRun("work.meetings", "2次", "2024"),
                "，又说",
                FigureRun("work.meetings", "3次"),
                "，培训",
                FigureRun("work.trainings", "5次"),
            )
        ),
        model.Paragraph(text(SENTENCE * 20)),
        model.AnnexNote(("数据表", "图")),
        model.Signature("东山镇", DATE),
        model.Annex("附件1", "数据表"),
        TABLE,
        model.Annex("附件2", "图"),
        CHART,
    ),
    keywords=("统一战线", "工作总结"),
)
FIGURES: Final = {
    ("work.meetings", "", ""): TracedFigure(
        code="work.meetings",
        label="专题研究",
        scope="东山镇",
        period="2025",
        unit="次",
        value=3,
        records=3,
        hash="ab12cd34ef56" + "0" * 52,
        previous=2,
        same_period_last_year=2,
        target=Decimal(2),
    ),
    ("work.meetings", "2024", ""): TracedFigure(
        code="work.meetings",
        label="专题研究",
        scope="东山镇",
        period="2024",
        unit="次",
        value=2,
        records=2,
        hash="99" * 32,
    ),
}
