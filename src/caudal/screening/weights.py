"""What each observation is worth, in bits, in one place.

Bits are log2(P(seen | same party) / P(seen | different parties)). Agreement of a token takes its worth from the
population; the numbers here are the shares of true pairs that show an observation (from the errors seen on payments
and lists) and the caps that keep dependent observations from adding up as if they were independent. What is
not the name is weighed in `worth`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caudal.screening import layout as k
from caudal.screening.spelling import EXACT, FORM, LEVELS, LOOSE, ONE_EDIT, PET, SOUND


@dataclass(frozen=True)
class Weights:
    """Bits and chances of the evidence; all of them together are the model."""

    alert_bits: float = 9.0
    """Evidence from which a pair is an alert, where no costs and no other line are stated. What may be a question and
    no alert is held under it by the caps."""
    other_spelling: float = 0.3
    """Chance that a true name is written in another transliteration of the same sounds."""
    other_form: float = 0.15
    """Chance that a true name is written as another known form of it."""
    pet_form: float = 0.03
    """Chance that a true name is given in a short, pet or foreign form."""
    name_for_name: float = 0.2
    """How much rarer a slip is that makes one known name into another."""
    typo_per_letter: float = 0.06
    """Chance per letter that one letter of a true name is written differently."""
    loose_per_letter: float = 0.022
    """The same for two letters."""
    most_typos: float = 0.3
    missing_person: float = -0.7
    """A given name or surname that only one side gives: people leave names out."""
    missing_org: float = -1.5
    """A distinctive word that only one side of a firm's name has."""
    extra_share: float = -0.15
    """And for each bit of rarity of that word."""
    missing_most: float = -6.0
    contradiction: float = -6.0
    """Both sides have a name the other lacks: another second surname, another given name."""
    alike_half: float = -1.9
    """The same, where the two are somewhat alike in their letters (see `alike`), as after two slips of the pen."""
    alike_near: float = 3.5
    """And where they are nearly the same, if no key brought them together or if chance explains it as well."""
    alike_from: float = 8.0
    """Bits that the parts which agree must be worth before likeness of another speaks for the pair."""
    alike_known: float = -4.0
    """Less, where both are common names of people and not forms of one."""
    alike_hard: float = -3.0
    """From here down two parts contradict each other so that `contradiction_cap` holds."""
    alike_token: float = -1.0
    """Likeness from which the two count as one more part that both names have, so that it is not one alone."""
    contradiction_cap: float = 4.5
    """Relatives and sister firms share names; after a contradiction the rest cannot carry an alert."""
    single_under: float = 2.5
    """Bits under the line: one shared token of a longer name cannot carry an alert."""
    place_under: float = 0.5
    """The same: a firm's name with a place added is the name of another branch or sister as often as not."""
    common_under: float = 0.25
    """The same: two common names, whoever bears them: many do, so the pair of them is a question and no alert."""
    common_step: float = 0.8
    """Taken off the rarity of two common names: that nothing is left over says little where so many bear both."""
    common_left: float = -3.0
    """And for each name that is left over: the rest of the name is what would tell all those people apart."""
    body: float = -1.75
    """Words of firms' names are picked from fewer, and not independently of each other, than the lists show."""
    lone_word: float = -3.25
    """A firm's one distinctive word: firms all over the world pick the same ones, rare as each is on a list."""
    misspelt_under: float = 4.0
    """Bits under the line: one distinctive word of a firm, and that but for a letter, is made of common syllables."""
    trade_conflict: float = -1.0
    """Both firms have trade words that the other lacks."""
    strong_word: float = 15.0
    """Bits from which one word of a body's name, exactly alike, is not capped so."""
    whole: float = 2.5
    """Every distinctive token agrees and none is left over on either side."""
    generic_cap: float = 5.0
    """Lines of business and places together, where the names are not wholly alike."""
    boilerplate_cap: float = 1.0
    """Legal forms, titles and trade phrases together."""
    verbatim_cap: float = 6.0
    """The same, where the names agree to the last word and something distinctive is among them."""
    in_text: float = -5.0
    """A name found inside a payment text: the text offers several words to be mistaken for it."""
    particle_bits: float = 0.3
    initial_bits: float = 1.0
    number_conflict: float = -3.0
    domain_conflict: float = -3.0
    legal_conflict: float = -0.5
    weak_alias: float = -4.0
    """The list itself calls the alias weak: broad, common or unsure."""
    kind_conflict: float = -3.0
    """A person beside a company; ledgers are often wrong about it, so it is no proof."""

    def array(self) -> np.ndarray:
        """The weights the kernels use, in their order."""
        values = np.zeros(k.N_WEIGHTS)
        values[k.MISSING_PERSON] = self.missing_person
        values[k.MISSING_ORG] = self.missing_org
        values[k.EXTRA_SHARE] = self.extra_share
        values[k.MISSING_MOST] = self.missing_most
        values[k.CONTRADICTION] = self.contradiction
        values[k.CONTRADICTION_CAP] = self.contradiction_cap
        values[k.SINGLE_CAP] = self.alert_bits - self.single_under
        values[k.WHOLE] = self.whole
        values[k.GENERIC_CAP] = self.generic_cap
        values[k.BOILERPLATE_CAP] = self.boilerplate_cap
        values[k.PARTICLE_BITS] = self.particle_bits
        values[k.INITIAL_BITS] = self.initial_bits
        values[k.NUMBER_CONFLICT] = self.number_conflict
        values[k.DOMAIN_CONFLICT] = self.domain_conflict
        values[k.LEGAL_CONFLICT] = self.legal_conflict
        values[k.WEAK_ALIAS] = self.weak_alias
        values[k.KIND_CONFLICT] = self.kind_conflict
        values[k.COMMON_CAP] = self.alert_bits - self.common_under
        values[k.COMMON_STEP] = self.common_step
        values[k.STRONG_WORD] = self.strong_word
        values[k.ALIKE_HALF] = self.alike_half
        values[k.ALIKE_NEAR] = self.alike_near
        values[k.ALIKE_KNOWN] = self.alike_known
        values[k.ALIKE_HARD] = self.alike_hard
        values[k.ALIKE_FROM] = self.alike_from
        values[k.LONE_WORD] = self.lone_word
        values[k.TRADE_CONFLICT] = self.trade_conflict
        values[k.MISSPELT_CAP] = self.alert_bits - self.misspelt_under
        values[k.PLACE_CAP] = self.alert_bits - self.place_under
        values[k.VERBATIM_CAP] = self.verbatim_cap
        values[k.ALIKE_TOKEN] = self.alike_token
        values[k.BODY] = self.body
        values[k.COMMON_LEFT] = self.common_left
        return values

    def agreement(
        self, level: np.ndarray, share: np.ndarray, length: np.ndarray, known: np.ndarray | bool = False
    ) -> np.ndarray:
        """Bits of a token pair: how near it is, the share of parties as near or nearer, and its letters.

        Args:
            level, share, length: per pair. known: whether both are known names, and not forms of one.

        Nearness that chance explains as well as identity does is worth nothing here; how alike the letters are is
        then weighed in `aligning.align`.
        """
        letters = np.minimum(
            np.where(level == ONE_EDIT, self.typo_per_letter, self.loose_per_letter) * length, self.most_typos
        )
        letters = np.where(known, self.name_for_name, 1.0) * letters
        of_level = np.zeros(LEVELS)
        of_level[[EXACT, SOUND, FORM, PET]] = 0.9, self.other_spelling, self.other_form, self.pet_form
        chance = np.where((level == ONE_EDIT) | (level == LOOSE), letters, of_level[level])
        # Another spelling or form of one name is at least no contradiction, however common the name.
        least = np.where((level == ONE_EDIT) | (level == LOOSE), 0.0, k.LEAST_BITS)
        bits: np.ndarray = np.maximum(np.log2(chance / share), least)
        return bits
