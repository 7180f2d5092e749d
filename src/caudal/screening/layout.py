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
ALIKE_HALF = 21
ALIKE_NEAR = 22
ALIKE_KNOWN = 23
ALIKE_HARD = 24
PLACE_CAP = 25
LONE_WORD = 26
TRADE_CONFLICT = 27
MISSPELT_CAP = 28
ALIKE_FROM = 29
ALIKE_TOKEN = 30
COMMON_LEFT = 31
BODY = 32
N_WEIGHTS = 33

LEAST_BITS = 0.2
"""Bits of two spellings of one name that is too common to say more."""

L_QUERY, L_QUERY_SPAN, L_LISTED, L_LISTED_SPAN, L_BITS, L_HOW = 0, 1, 2, 3, 4, 5
N_LINK = 6
"""Columns of a link between tokens."""
BY_NEARNESS, BY_INITIAL, BY_LETTERS = 0, 1, 2
"""How a link was made: through the near table, by an initial, or by comparing what was left over letter by letter."""

# Parts of a pair's evidence, as `align` returns them.
P_CORE, P_GENERIC, P_BOILERPLATE, P_PARTICLE = 0, 1, 2, 3
P_MISSING, P_CONTRADICTION, P_WHOLE, P_CAPPED, P_WEAK, P_KIND, P_TOTAL, P_ALIKE = 4, 5, 6, 7, 8, 9, 10, 11
P_LONE, P_BODY = 12, 13
N_PARTS = 14
