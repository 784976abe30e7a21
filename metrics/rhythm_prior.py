"""The numbers a rhythm starts from: what partners are like before this one has said anything.

Fitted once on one half of the companies of a public corpus (see docs/detector.md for what was tuned on what); the
same for every partner and every file.
"""

from __future__ import annotations

from math import log

# The grid of shapes: below 1 bursty mail, 1 random, above 1 regular; how common each is, and the gamma prior of each.
SHAPES = (0.45, 0.6, 0.8, 1.0, 1.4, 2.0, 3.0)
PRIOR_COUNT = (12.76, 5.37, 2.95, 1.94, 0.82, 0.05, 0.05)
PRIOR_SUM = (22.96, 11.73, 9.01, 8.98, 11.07, 16.34, 40.37)
CLOCKWORK_WEIGHT = 0.02
LOG_WEIGHT = (
    *(log(w * (1 - CLOCKWORK_WEIGHT)) for w in (0.018, 0.536, 0.373, 0.018, 0.018, 0.018, 0.018)),
    log(CLOCKWORK_WEIGHT),
)
LOG_SHAPES = (*(log(k) for k in SHAPES), 1.5)
POISSON = SHAPES.index(1.0)

# The log of the chance at which a partner is called quiet, one weight a trait (see Rhythm.traits).
LEVEL = (-3.335, 0.078, 0.168, 0.448, -0.272, -0.341, 0.164, 0.435, 0.314, 0.267, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
LEAST_LEVEL, MOST_LEVEL = 0.001, 0.5
PATIENCE, PATIENCE_DAYS = 0.3, 35.0
