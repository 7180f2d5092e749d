"""Which position of the kernels' arrays holds what."""

# Positions in the weights array; `weights.Weights.array` fills it in this order.
MISSING_PERSON = 0
MISSING_ORG = 1
EXTRA_SHARE = 2
MISSING_MOST = 3
CONTRADICTION = 4
CONTRADICTION_CAP = 5
SINGLE_CAP = 6
WHOLE = 7
GENERIC_CAP = 8
BOILERPLATE_CAP = 9
PARTICLE_BITS = 10
INITIAL_BITS = 11
NUMBER_CONFLICT = 12
DOMAIN_CONFLICT = 13
LEGAL_CONFLICT = 14
WEAK_ALIAS = 15
KIND_CONFLICT = 16
VERBATIM_CAP = 17
COMMON_CAP = 18
STRONG_WORD = 19
COMMON_STEP = 20
DOUBTFUL_PART = 21
N_WEIGHTS = 22

DOUBTFUL = 0.01
"""Bits that mark a pair of tokens as near without being evidence."""

# Parts of a pair's evidence, as `align` returns them.
P_CORE, P_GENERIC, P_BOILERPLATE, P_PARTICLE = 0, 1, 2, 3
P_MISSING, P_CONTRADICTION, P_WHOLE, P_CAPPED, P_WEAK, P_KIND, P_TOTAL, P_DOUBTFUL = 4, 5, 6, 7, 8, 9, 10, 11
N_PARTS = 12
