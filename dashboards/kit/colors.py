"""The house style's colours, and what each means.

Red is bad, blue is calm, orange asks for a look, grey means that there are too few documents to tell. These four can be
told apart by people who do not see red and green apart, and a word always stands beside a colour.
"""

from __future__ import annotations

BAD, ATTENTION, CALM, UNKNOWN = "#e02f44", "#ff9830", "#5794f2", "#8e8e8e"
SECOND_LINE, THIRD_LINE = "#b877d9", "#4fa3a5"  # beside blue, where lines are neither good nor bad
USUAL = "#5794f226"  # as usual: there, but nothing to look at
SEVERITIES = {"critical": BAD, "warning": ATTENTION, "info": CALM}
STATUSES = {"firing": BAD, "acknowledged": ATTENTION, "resolved": CALM}
SENTIMENTS = {"negative": BAD, "neutral": UNKNOWN, "positive": CALM}
