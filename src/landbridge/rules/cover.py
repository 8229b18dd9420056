"""What sectors are made of: the share of each good in a sector's trade, by exporter and pair, and the modes goods take.

Shipped in `data/good_shares.csv` (share of goods exports) and `data/good_modes.csv`. Shares are what turn a ban on
goods into the covered part of a sector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import nearest
from landbridge.errors import UnknownName
from landbridge.rules import vocabulary as v
from landbridge.rules.shipped import rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cover:
    """Goods of the share table and how much of each sector's flow each of them is."""

    goods: tuple[str, ...]
    pairs: Floats  # [g, i, j] share of each good in i's goods exports to j
    member: Floats  # [k, g] part of each good that belongs to the sector; for a custom sector its share in the flows
    goods_part: Floats  # [k] part of the sector's flows that is goods; NaN where `member` already is the share
    total: Floats  # [k, i, j] sum over goods of member x pairs

    def part(self, k: int, g: int) -> Floats:
        """[i, j] share of good g in the flows of sector k."""
        if np.isnan(self.goods_part[k]):
            return np.full_like(self.pairs[g], self.member[k, g])
        weight = self.pairs[g] * (self.member[k, g] * self.goods_part[k])
        share: Floats = np.divide(weight, self.total[k], out=np.zeros_like(weight), where=self.total[k] > 0)
        return share

    def weigh(self, values: Mapping[int, Floats]) -> Floats:
        """[k, i, j] sum over the goods given of share x value [i, j]; the other goods and services count zero."""
        out = np.zeros((len(self.member), *self.pairs.shape[1:]))
        for k, member in enumerate(self.member):
            for g, value in values.items():
                if member[g]:
                    out[k] += self.part(k, g) * value
        return out

    @property
    def inside(self) -> Floats:
        """[k, i, j] part of the flows that is goods of the table."""
        custom = np.isnan(self.goods_part)[:, None, None]
        some = np.where(self.total > 0, self.goods_part[:, None, None], 0.0)
        return np.where(custom, self.member.sum(axis=1)[:, None, None], some)


@cache
def atoms() -> tuple[str, ...]:
    """The goods that the share table splits world exports into."""
    return tuple(r["good"] for r in rows("good_shares") if r["exporter"] == "*" and r["importer"] == "*")


@cache
def _parts() -> dict[str, float]:
    return {r["good"]: r["part"] for r in rows("goods") if r["part"] == r["part"]}


def portions(wanted: frozenset[str]) -> tuple[tuple[int, str, float], ...]:
    """(index of a good of the share table, word, part of the good that the word is) for the words of a rule.

    A word as wide as the good or wider takes all of it; a narrower one (wheat of grain) the part that data/goods.csv
    gives, none where it gives none. No words: every good in full.
    """
    out = []
    for g, good in enumerate(atoms()):
        if not wanted or wanted & set(v.good_line(good)):
            out.append((g, good, 1.0))
            continue
        out += [(g, w, _parts()[w]) for w in sorted(wanted) if good in v.good_line(w) and w in _parts()]
    return tuple(out)


@lru_cache(maxsize=8)
def goods_shares(iso3: tuple[str, ...]) -> Floats:
    """[g, i, j] share of each good in i's goods exports to j; sums to one over g for every pair.

    A row for a pair replaces the exporter's rows, those replace the world's; what the rows of a pair or an exporter
    leave out is spread over the other goods in the world's proportions.
    """
    names, n = atoms(), len(iso3)
    mixes: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows("good_shares"):
        mixes.setdefault((row["exporter"], row["importer"]), {})[row["good"]] = row["share"]
    world = _vector(mixes.pop(("*", "*")), names)
    world = world / world.sum()
    out = np.broadcast_to(world[:, None, None], (len(names), n, n)).copy()
    place = {code: i for i, code in enumerate(iso3)}
    for exporter, importer in sorted(mixes, key=lambda k: k[1] != "*"):
        if exporter not in place or (importer != "*" and importer not in place):
            continue
        mix = _complete(_vector(mixes[exporter, importer], names), world)
        if importer == "*":
            out[:, place[exporter], :] = mix[:, None]
        else:
            out[:, place[exporter], place[importer]] = mix
    out.setflags(write=False)
    return out


def _vector(mix: Mapping[str, float], names: Sequence[str]) -> Floats:
    return np.array([mix.get(g, np.nan) for g in names])


def _complete(mix: Floats, world: Floats) -> Floats:
    known = ~np.isnan(mix)
    left = 1.0 - mix[known].sum()
    filled = np.where(known, mix, 0.0)
    rest = np.where(known, 0.0, world)
    return filled + (rest / rest.sum() * max(left, 0.0) if rest.sum() > 0 else 0.0)


def cover_of(
    iso3: Sequence[str], sectors: Sequence[str], custom: Mapping[str, Mapping[str, float]] | None = None
) -> Cover:
    """The goods in each sector.

    `custom[sector][good]` = share of the good in the sector's flows, for all pairs; otherwise the sector's goods are
    those of `data/sector_goods.csv` in the proportions of `good_shares`. "goods and services" is the whole trade, of
    which goods are the part that the table says. UnknownName for a sector that neither knows.
    """
    names, pairs = atoms(), goods_shares(tuple(iso3))
    known = tuple(dict.fromkeys(r["sector"] for r in rows("sector_goods")))
    member, goods_part = np.zeros((len(sectors), len(names))), np.full(len(sectors), np.nan)
    for k, sector in enumerate(sectors):
        if custom is not None and sector in custom:
            for good, share in custom[sector].items():
                member[k, _atom(good, names)] = share
            continue
        if sector not in known:
            hint = f"nearest: {', '.join(nearest(sector, known)) or ', '.join(known)}"
            raise UnknownName(f"unknown sector {sector!r}", "trade_effects", f"{hint}; or give `cover`")
        mine = [r for r in rows("sector_goods") if r["sector"] == sector]
        part = {r["good"]: r["part"] for r in mine}
        # the narrowest word listed counts: `gold` with part 0 takes gold out of `precious`
        member[k] = [next((part[w] for w in (*v.good_line(g), "*") if w in part), 0.0) for g in names]
        goods_part[k] = mine[0]["goods_part"]
    total = (member @ pairs.reshape(len(names), -1)).reshape(len(sectors), *pairs.shape[1:])
    return Cover(names, pairs, member, goods_part, total)


def _atom(good: str, names: Sequence[str]) -> int:
    if good not in names:
        raise UnknownName(f"good {good!r} is not in the share table", "cover", f"allowed: {', '.join(names)}")
    return names.index(good)


@lru_cache(maxsize=8)
def mode_shares(iso3: tuple[str, ...]) -> dict[str, dict[str, Floats]]:
    """good -> mode -> share [i, j] of the flow that takes the mode, for goods whose rules ask for a mode."""
    n, place = len(iso3), {code: i for i, code in enumerate(iso3)}
    out: dict[str, dict[str, Floats]] = {}
    given: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in rows("good_modes"):
        out.setdefault(row["good"], {}).setdefault(row["mode"], np.zeros((n, n)))
        given.setdefault((row["good"], row["exporter"], row["importer"]), {})[row["mode"]] = row["share"]
    for (good, exporter, importer), shares in sorted(given.items(), key=lambda x: (x[0][1] != "*", x[0][2] != "*")):
        rows_of = slice(None) if exporter == "*" else place.get(exporter)
        columns = slice(None) if importer == "*" else place.get(importer)
        if rows_of is None or columns is None:
            continue
        for mode, share in out[good].items():
            share[rows_of, columns] = shares.get(mode, 0.0)
    return out
