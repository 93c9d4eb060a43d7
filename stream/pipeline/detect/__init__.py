"""Stage 5: is what came in the last minutes too much for this series?

Pure and vectorised: one row of an array per series. What goes on at each decision:

- :mod:`counts`: the documents of each minute, cumulated, so that a window costs two look-ups
- :mod:`expect`: what follows for a window from :class:`Baselines`: a level that adapts, times the hour of the day,
  times how busy today is; and how far counts scatter around it
- :mod:`score`: how surprising the window is, as -log10 of the chance of so much (:mod:`tails`). The share of negatives
  is held against a beta-binomial distribution, a count against a negative binomial one: both allow for documents that
  come in company, as news does
- :mod:`learn`: what is learned once the window is past: score, then learn, so that nothing vouches for itself
- :mod:`daily` and :mod:`threshold`: once a day, which score is surprising enough for the budget of false alarms
- :mod:`classifier_errors`: what the classifier's known errors leave of a count of negatives

:mod:`stream.pipeline.rules` drives it: see :func:`stream.pipeline.rules.advance`.

Example: three days of one series with six documents an hour, a fifth of them negative. Then half an hour with 24, of
which 18 are negative.

    >>> import numpy as np
    >>> from stream.pipeline.windows.independence import UNIT  # counts are in parts of a document
    >>> spec, days = DetectorSpec(windows=(30,), every=30, support=8.0), 3
    >>> documents = np.zeros((1, days * 1440 + 30), np.int64)
    >>> documents[0, ::10] = UNIT
    >>> negatives = np.zeros_like(documents)
    >>> negatives[0, ::50] = UNIT
    >>> documents[0, -24:], negatives[0, -18:] = UNIT, UNIT
    >>> counts = Counts(("topic:Macro",), 0, documents, negatives, np.zeros_like(documents))
    >>> sums, baselines, nothing_fires = cumulate(counts, drift=False), new_baselines(spec, 1, 0), np.array([NEVER])
    >>> for end in range(30, days * 1440 + 60, 30):
    ...     scores = score_windows(spec, baselines, sums, np.array([end]))
    ...     if end > days * 1440 - 60:
    ...         expected = float(scores.expected.usual[0, 0, 0] * scores.expected.share[0, 0, 0])
    ...         print(f"{expected:.1f} negatives expected, {scores.k[0, 0, 0]:g} came: {scores.score[0, 0]:.1f}")
    ...     note_scores(spec, baselines, scores, nothing_fires[:, None])
    ...     learn_cell(spec, baselines, sums, scores, 720, nothing_fires)
    0.6 negatives expected, 0 came: 0.0
    0.6 negatives expected, 1 came: 0.0
    0.6 negatives expected, 18 came: 7.5

References:
    - Peaks over threshold: J. Pickands (1975), Statistical inference using extreme order statistics, Annals of
      Statistics 3; A. C. Davison and R. L. Smith (1990), Models for exceedances over high thresholds, Journal of the
      Royal Statistical Society B 52.
    - Empirical Bayes, by which series learn from one another: H. Robbins (1956), An empirical Bayes approach to
      statistics, Third Berkeley Symposium; B. Efron and C. Morris (1973), Stein's estimation rule and its competitors,
      Journal of the American Statistical Association 68.
    - Beta-binomial distribution and intra-class correlation: J. G. Skellam (1948), A probability distribution derived
      from the binomial distribution, Journal of the Royal Statistical Society B 10.
    - Negative binomial counts and overdispersion, quasi-likelihood: P. McCullagh and J. A. Nelder (1989), Generalized
      Linear Models, second edition, chapters 6 and 9.
    - Counts of a classifier that errs: W. J. Rogan and B. Gladen (1978), Estimating prevalence from the results of a
      screening test, American Journal of Epidemiology 107.
"""

from stream.pipeline.detect.classifier_errors import ClassifierErrors
from stream.pipeline.detect.counts import Counts, collect_counts, cumulate
from stream.pipeline.detect.expect import Expectation, expect
from stream.pipeline.detect.learn import learn_cell, note_scores
from stream.pipeline.detect.observation import Observation
from stream.pipeline.detect.score import WindowScores, score_counts, score_windows
from stream.pipeline.detect.spec import CELL, DetectorSpec, Kind
from stream.pipeline.detect.state import NEVER, Baselines, new_baselines
from stream.pipeline.detect.threshold import thresholds

__all__ = [
    "CELL",
    "NEVER",
    "Baselines",
    "ClassifierErrors",
    "Counts",
    "DetectorSpec",
    "Expectation",
    "Kind",
    "Observation",
    "WindowScores",
    "collect_counts",
    "cumulate",
    "expect",
    "learn_cell",
    "new_baselines",
    "note_scores",
    "score_counts",
    "score_windows",
    "thresholds",
]
