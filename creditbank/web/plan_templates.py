"""What a new plan begins with: the smallest that has all parts; docs/examples has whole ones."""

from __future__ import annotations

NEW_PLAN = """\
format: creditbank-plan/1
code: ''
name: ''
major_code: ''
catalogue_year: 2021
years: 3
credits_min: '170'
blocks:
- {code: GG, name: 公共基础必修, name_en: General courses, nature: '1', credits_min: '57'}
- {code: ZJ, name: 专业基础课, name_en: Major foundation, nature: '1', credits_min: '22'}
- {code: ZH, name: 专业核心课, name_en: Major core, nature: '1', credits_min: '27', is_major_core: true}
- {code: SX, name: 综合实训, name_en: Integrated training, nature: '5', credits_min: '12'}
- {code: GS, name: 岗位实习, name_en: Internship, nature: '5', credits_min: '30'}
- {code: XX, name: 限选课, name_en: Restricted electives, nature: '2', credits_min: '9'}
- {code: RX, name: 任选课, name_en: Free electives, nature: '3', credits_min: '8', substitution: automatic}
- {code: HD, name: 教育活动, name_en: Activities, nature: '5', credits_min: '5'}
courses: []
conditions: [conduct, internship]
"""  # noqa: E501 (one line for each block)
"""Blocks of a three-year plan of 170 credits (教职成〔2009〕2号)."""
