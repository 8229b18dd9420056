"""Other usual spellings of passages, crossings and ports, as folded words (see names.fold)."""

from __future__ import annotations

from typing import Final

# words that a strait, canal or port may or may not carry in its name
_GENERIC: Final = frozenset(
    {"the", "of", "strait", "straits", "canal", "channel", "bogazi", "boghazi", "passage", "seaway", "kanal", "port"}
)

# each spelling -> the usual names that it may stand for; all that exist are meant
OTHER: Final = {
    # passages
    "bosphorus": ("bosporus",),
    "istanbul": ("bosporus",),
    "karadeniz": ("bosporus",),
    "turkish": ("bosporus", "dardanelles"),
    "canakkale": ("dardanelles",),
    "hellespont": ("dardanelles",),
    "ormuz": ("hormuz",),
    "hurmuz": ("hormuz",),
    "bab-al-mandab": ("bab-el-mandeb",),
    "bab-al-mandeb": ("bab-el-mandeb",),
    "bab-el-mandab": ("bab-el-mandeb",),
    "mandeb": ("bab-el-mandeb",),
    "malaka": ("malacca",),
    "melaka": ("malacca",),
    "oresund": ("danish-straits",),
    "sound": ("danish-straits",),
    "great-belt": ("danish-straits",),
    "storebaelt": ("danish-straits",),
    "kattegat": ("danish-straits",),
    "danish-belts": ("danish-straits",),
    "nord-ostsee": ("kiel",),
    "english": ("dover",),
    "pas-de-calais": ("dover",),
    "formosa": ("taiwan-strait",),
    "tsushima": ("korea-strait",),
    "soya": ("la-perouse",),
    "saint-lawrence": ("st-lawrence-seaway",),
    "nsr": ("northern-sea-route",),
    "northeast": ("northern-sea-route",),
    "northern-sea": ("northern-sea-route",),
    "nwp": ("northwest-passage",),
    "northwest": ("northwest-passage",),
    "drake": ("cape-horn",),
    "volga-don-canal": ("volga-don",),
    # crossings
    "druzhba": ("dostyk",),
    "alataw": ("alashankou",),
    "alataw-pass": ("alashankou",),
    "alashankou-pass": ("alashankou",),
    "horgos": ("khorgos",),
    "korgas": ("khorgos",),
    "korgos": ("khorgos",),
    "qorghas": ("khorgos",),
    "erlian": ("erenhot",),
    "erenkhot": ("erenhot",),
    "zabaykalsk": ("zabaikalsk",),
    "manzhouli": ("manchuria",),
    "wagha": ("wagah",),
    # ports and cities
    "kyaukphyu": ("kyaukpyu",),
    "kyauk-phyu": ("kyaukpyu",),
    "vostochnyy": ("vostochny",),
    "alyat": ("alat",),
    "klang": ("port-klang",),
    "kowloon": ("hong-kong",),
    "turkmenbasy": ("turkmenbashi",),
    "krasnovodsk": ("turkmenbashi",),
    "kozmino-port": ("kozmino",),
}


def core(folded: str) -> str:
    """A folded name without the words that say what it is: 'strait-of-hormuz' and 'hormuz-strait' -> 'hormuz'."""
    words = [w for w in folded.split("-") if w not in _GENERIC]
    return "-".join(words)


def others(folded: str) -> tuple[str, ...]:
    """Usual names that a folded spelling may stand for; () where it is known as no other spelling."""
    return OTHER.get(folded) or OTHER.get(core(folded), ())
