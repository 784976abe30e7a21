"""The numbers a rhythm starts from: what partners are like before this one has said anything.

Fitted once on one half of the companies of a public corpus (see docs/detector.md for what was tuned on what); the
same for every partner and every file.
"""

from __future__ import annotations

from math import log

MODEL = "Weibull-gamma renewal with clockwork, shape-averaged"
MODEL_VERSION = "3"  # another number wherever a number below or a formula changes: what was learned starts anew

# The grid of shapes: below 1 bursty mail, 1 random, above 1 regular; how common each is, and the gamma prior of each.
SHAPES = (0.45, 0.6, 0.8, 1.0, 1.4, 2.0, 3.0)
PRIOR_COUNT = (12.76, 5.37, 2.95, 1.94, 0.82, 0.05, 0.05)
PRIOR_SUM = (22.96, 11.73, 9.01, 8.98, 11.07, 16.34, 40.37)
CLOCKWORK_WEIGHT = 0.02
LOG_WEIGHT = (
    *(log(w * (1 - CLOCKWORK_WEIGHT)) for w in (0.018, 0.536, 0.373, 0.018, 0.018, 0.018, 0.018)),
    log(CLOCKWORK_WEIGHT),
)
LOG_SHAPES = tuple(log(k) for k in SHAPES)
POISSON = SHAPES.index(1.0)

# The log of the chance at which a partner is called quiet after PATIENCE_DAYS: one weight a trait, in the order of
# Rhythm.traits. Fitted on shifted readings of the training corpus together: see docs/detector.md.
LEVEL = (
    -3.088,  # for everybody
    0.505,  # pace: log of the mean gap
    0.39,  # its square
    -0.988,  # regularity: log of the shape that explains their gaps
    0.191,  # own silences rarer than 1 in 20 that came to nothing, a year
    0.268,  # words on the last contact day
    -0.754,  # words on a usual contact day
    0.515,  # contact days within 5 working days
    1.208,  # contact days within 65
    -0.386,  # longest gap of about a year against the usual one
    -0.362,  # people on a usual contact day
    -2.877,  # few words a day and long holes before: works in bursts
)
CLOCKWORK_LEVEL = -3.545
LEAST_LEVEL, MOST_LEVEL = 0.001, 0.37
# The level rises with the silence to this power; 1 at so many working days.
PATIENCE, PATIENCE_DAYS = 1.0, 35.0
