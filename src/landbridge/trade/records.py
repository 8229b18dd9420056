"""Records of the trade room. Index letters: k sector, i origin, j destination, n country; N countries, K sectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypedDict, get_args

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput, Fault

Array = NDArray[np.float64]
Deficits = Literal["purged", "share", "additive", "multiplicative"]
Mode = Literal["full", "conditional", "partial", "first_order"]
DEFICITS: Final[tuple[str, ...]] = get_args(Deficits)
MODES: Final[tuple[str, ...]] = get_args(Mode)
BASES: Final = ("observed", "estimated", "assumed")  # what the codes 0, 1, 2 of Baseline.basis mean

_SHARE_SLACK: Final = 1e-8  # shares may miss one by rounding in files
_BY_PRODUCT: Final = 0.05  # tables show by-products as small negative inputs (one cell of Caliendo and Parro 2015)
_MOST_FAULTS: Final = 12


@njit(cache=True)
def _sums(flow: Array, tariff: Array, output: Array, bought: Array, spent: Array, revenue: Array) -> bool:
    """Fill the sums [k,i], [k,j], [k,j], [j]; True where every flow is >= 0 and finite and every tariff above -1."""
    sectors, n, _ = flow.shape
    clean = True
    for k in range(sectors):
        for i in range(n):
            total = 0.0
            for j in range(n):
                value, rate = flow[k, i, j], tariff[k, i, j]
                if not (0.0 <= value < np.inf and -1.0 < rate < np.inf):
                    clean = False
                tax = value * rate
                total += value
                bought[k, j] += value
                spent[k, j] += value + tax
                revenue[j] += tax
            output[k, i] = total
    return clean


@dataclass(frozen=True, slots=True)
class Accounts:
    """Sums of a baseline in USD, made once. `clean` = no flow or tariff is out of range."""

    output: Array  # [k,i] gross output
    bought: Array  # [k,j] purchases before tariff
    spent: Array  # [k,j] expenditure with tariffs
    value_added: Array  # [n]
    revenue: Array  # [n] tariffs
    deficit: Array  # [n] imports less exports
    world: float  # value added of the world
    clean: bool

    @property
    def income(self) -> Array:
        """Value added + tariff revenue + deficit [n]."""
        return self.value_added + self.revenue + self.deficit


def _accounts(flow: Array, tariff: Array, share: Array) -> Accounts | None:
    """The sums, or None where the arrays do not fit each other (which `Baseline.check` reports)."""
    if flow.ndim != 3 or flow.shape[1] != flow.shape[2] or tariff.shape != flow.shape:
        return None
    if share.shape != flow.shape[:2]:
        return None
    k, n, _ = flow.shape
    output, bought, spent, revenue = np.zeros((k, n)), np.zeros((k, n)), np.zeros((k, n)), np.zeros(n)
    clean = _sums(np.ascontiguousarray(flow), np.ascontiguousarray(tariff), output, bought, spent, revenue)
    added = np.asarray((share * output).sum(axis=0))
    deficit = np.asarray(bought.sum(axis=0) - output.sum(axis=0))
    return Accounts(output, bought, spent, added, revenue, deficit, float(added.sum()), bool(clean))


@dataclass(frozen=True, slots=True, repr=False)
class Baseline:
    """The world that shocks are applied to: flows, tariffs, technology and tastes of one year. All money in US dollars.

    Accounting, all checked by `check`: gross output Y[k,i] = sum_j flow[k,i,j]; expenditure X[k,j] = sum_i
    flow (1 + tariff); value added of i = sum_k value_added_share Y; input m used by k in i = io[i,m,k] Y[k,i].
    """

    iso3: tuple[str, ...]  # [N] economies
    sectors: tuple[str, ...]  # [K]
    flow_usd: Array  # [k,i,j] c.i.f. before tariff, domestic sales on the diagonal
    tariff: Array  # [k,i,j] ad valorem on the c.i.f. value: 0.05 = 5 %
    value_added_share: Array  # [k,i] value added per gross output
    io: Array  # [i,m,k] cost share of input m in gross output of k in i; sum over m = 1 - value_added_share
    final_share: Array  # [k,j] share of sector k in final expenditure of j; sums to one over k
    theta: Array  # [k] trade elasticity: flows fall by theta per cent for one per cent of (1 + cost)
    basis: NDArray[np.int8]  # [k,i,j] 0 observed, 1 estimated, 2 assumed
    vintage: str = ""  # year of the flows
    source: str = ""  # where they come from, in a sentence

    _made: Accounts | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_made", _accounts(self.flow_usd, self.tariff, self.value_added_share))

    def __repr__(self) -> str:
        size = f"{len(self.iso3)} economies x {len(self.sectors)} sectors"
        return f"<Baseline {self.vintage}: {size}, theta {self.theta.min():g} to {self.theta.max():g}; {self.source}>"

    @property
    def accounts(self) -> Accounts:
        """Output, expenditure, value added, revenue, deficits; BadInput where the arrays do not fit."""
        if self._made is None:
            raise BadInput(_shape_faults(self))
        return self._made

    @property
    def output_usd(self) -> Array:
        """Gross output [k,i]."""
        return self.accounts.output

    @property
    def expenditure_usd(self) -> Array:
        """Expenditure including tariffs [k,j]."""
        return self.accounts.spent

    @property
    def value_added_usd(self) -> Array:
        """Value added [n]."""
        return self.accounts.value_added

    @property
    def revenue_usd(self) -> Array:
        """Tariff revenue [n]."""
        return self.accounts.revenue

    @property
    def deficit_usd(self) -> Array:
        """Imports less exports before tariffs [n]; sums to zero over the world."""
        return self.accounts.deficit

    def index(self, iso3: str) -> int:
        """Position of an economy; BadInput where it is not in the baseline."""
        try:
            return self.iso3.index(iso3)
        except ValueError:
            raise BadInput(f"economy {iso3!r} is not in the trade baseline", remedy="see Baseline.iso3") from None

    def check(self) -> None:
        """Raise BadInput with every fault (shape, sign, missing value, share that does not add up); else be silent."""
        faults = _shape_faults(self)
        faults = faults or (_value_faults(self) + _share_faults(self))
        if faults:
            raise BadInput(faults)


def _shape_faults(b: Baseline) -> list[Fault]:
    n, k = len(b.iso3), len(b.sectors)
    wanted = {
        "flow_usd": (k, n, n),
        "tariff": (k, n, n),
        "value_added_share": (k, n),
        "io": (n, k, k),
        "final_share": (k, n),
        "theta": (k,),
        "basis": (k, n, n),
    }
    faults = [
        Fault(f"{name} has shape {getattr(b, name).shape}", "trade baseline", f"{shape} is needed")
        for name, shape in wanted.items()
        if getattr(b, name).shape != shape
    ]
    if len(set(b.iso3)) != n:
        faults.append(Fault("an economy is named twice", "iso3", "merge its rows"))
    return faults


def _value_faults(b: Baseline) -> list[Fault]:
    faults: list[Fault] = []

    def flag(bad: NDArray[np.bool_], what: str, remedy: str, axes: str, values: Array | None = None) -> None:
        if not bad.any():
            return
        names = {"k": b.sectors, "i": b.iso3, "j": b.iso3}
        spots = np.argwhere(bad)
        for spot in spots[:_MOST_FAULTS]:
            where = [names[a][int(s)] for a, s in zip(axes, spot, strict=True)]
            told = f"{where[0]} from {where[1]} to {where[2]}" if axes == "kij" else ", ".join(where)
            value = "" if values is None else f" ({float(values[tuple(spot)]):.6g})"
            faults.append(Fault(what + value, told, remedy))
        if len(spots) > _MOST_FAULTS:
            faults.append(Fault(f"{what}: {len(spots) - _MOST_FAULTS} more cells", "trade baseline"))

    if not b.accounts.clean:
        flow_bad = ~((b.flow_usd >= 0) & (b.flow_usd < np.inf))
        words = "trade flow is negative or not a number"
        flag(flow_bad, words, "flows are USD >= 0; 0 is no trade", "kij", b.flow_usd)
        low = ~((b.tariff > -1) & (b.tariff < np.inf))
        flag(low, "tariff is not a number above -1", "0.05 means 5 %", "kij", b.tariff)
    flag(~(np.isfinite(b.theta) & (b.theta > 0)), "trade elasticity is not positive", "theta > 0, usually 3 to 9", "k")
    share = b.value_added_share
    flag(~((share >= 0) & (share <= 1)), "value-added share lies outside 0..1", "value added per output", "ki")
    if not faults:
        flag(b.value_added_usd <= 0, "economy without output or value added", "drop it or give it domestic sales", "i")
        flag(b.accounts.bought.sum(axis=0) <= 0, "economy that buys nothing", "drop it or give it domestic sales", "j")
        domestic = b.flow_usd[:, np.arange(len(b.iso3)), np.arange(len(b.iso3))].sum(axis=0)
        flag(
            domestic <= 0, "missing diagonal: no domestic sales", "flow_usd needs sales at home: output - exports", "i"
        )
    return faults


def _share_faults(b: Baseline) -> list[Fault]:
    faults: list[Fault] = []
    final_ok = (b.final_share >= 0).all() and (np.abs(b.final_share.sum(axis=0) - 1.0) <= _SHARE_SLACK).all()
    if not final_ok:
        faults.append(Fault("final_share is negative, missing or does not sum to one over sectors", "trade baseline"))
    cost = b.value_added_share + b.io.sum(axis=1).T
    if not ((b.io >= -_BY_PRODUCT).all() and (np.abs(cost - 1.0) <= _SHARE_SLACK)[b.output_usd > 0].all()):
        faults.append(Fault("io is negative or missing, or inputs and value added do not sum to one", "trade baseline"))
    unsupplied = b.accounts.bought <= 0
    needed = (b.final_share > 0) | ((b.io * (b.output_usd.T > 0)[:, None, :]).sum(axis=2).T > 0)
    for k, j in np.argwhere(unsupplied & needed)[:_MOST_FAULTS]:
        where = f"{b.sectors[k]}, {b.iso3[j]}"
        faults.append(Fault("a sector is demanded that nobody supplies", where, "add flows or set its shares to 0"))
    return faults


class Changes(TypedDict, total=False):
    """What else a shock may hold beside wedges: keywords of `solve` and `split_along_path`; they broadcast to [k,i,j].

    `tariff_new` the new ad valorem tariff (default: unchanged), revenue to the destination; `rent` an ad valorem markup
    that burns nothing: `rent_to_seller` of it goes to the origin (1, the default, = an export tax or a seller's
    licence), the rest to the destination; `productivity_hat` broadcasts to [k,i].
    """

    tariff_new: ArrayLike | None
    rent: ArrayLike | None
    rent_to_seller: ArrayLike
    productivity_hat: ArrayLike | None


@dataclass(frozen=True, slots=True)
class Settings:
    """How to solve. `tolerance` bounds the market residual; `numeraire` is used by deficits="additive" only.

    `numeraire`: economy in whose wage additive deficits are fixed ("" = world value added, the same as "share").
    """

    tolerance: float = 1e-10
    max_sweeps: int = 2000
    depth: int = 8
    numeraire: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise BadInput(f"tolerance {self.tolerance} lies outside 0..1", "trade settings", "use 1e-10")


@dataclass(frozen=True, slots=True, repr=False)
class Equilibrium:
    """One solved world beside its base. Hats are new / base; shares as fractions; money in USD of the base year.

    The numeraire is world value added. NaN = the mode does not give this number.
    """

    iso3: tuple[str, ...]
    sectors: tuple[str, ...]
    mode: Mode
    deficits: Deficits
    real_income_hat: Array  # [n] 1 + equivalent variation / base income; exact for mode "full"
    real_wage_hat: Array  # [n] wage over the consumer price index
    wage_hat: Array  # [n]
    price_hat: Array  # [k,n] price index of sector k bought in n, tariffs included
    cost_hat: Array  # [k,n] unit cost of sector k made in n
    consumer_price_hat: Array  # [n]
    income_usd: Array  # [n] value added + tariff revenue + rents + deficit
    revenue_usd: Array  # [n] tariff revenue
    rent_usd: Array  # [n] rents received (licences, markups, export taxes)
    flow_usd: Array  # [k,i,j] new flows, c.i.f. before tariff, rents included
    base_flow_usd: Array  # [k,i,j] flows of the base under the same treatment of deficits
    base_income_usd: Array  # [n]
    terms_of_trade: Array  # [n] first-order share of base income, as published by Caliendo and Parro (2015)
    volume_of_trade: Array  # [n] the same
    technical: Array  # [n] direct resource cost of iceberg wedges and productivity, first order
    residual: float  # largest relative imbalance of any market, price or budget
    iterations: int  # sweeps of the shock alone
    seconds: float
    deficit_gap: float  # by how much world spending misses world income (0 but for multiplicative deficits)
    note: str = ""  # what the reader of these numbers must know

    def text(self, most: int = 10) -> str:
        """The result for reading: how it was solved, then the economies that gain or lose most."""
        words, figures = self._figures()
        lines = [
            f"mode {self.mode}, deficits {self.deficits}: residual {self.residual:.1e} after {self.iterations} sweeps, "
            f"{self.seconds:.3f} s" + (f"; {self.note}" if self.note else ""),
            *([f"world spending misses world income by {self.deficit_gap:.2e}"] if self.deficit_gap else []),
            words,
        ]
        for i in np.argsort(-np.abs(np.nan_to_num(figures[0])), kind="stable")[:most]:
            lines.append(f"  {self.iso3[i]:<5}" + "".join(f" {100 * column[i]:10.4f}" for column in figures))
        if self.mode == "partial":
            return "\n".join(lines)
        world = float(self.base_income_usd @ figures[0] / self.base_income_usd.sum())
        return "\n".join([*lines, f"  World {100 * world:10.4f}"])

    def __repr__(self) -> str:
        return self.text(3)

    def _figures(self) -> tuple[str, list[Array]]:
        """What the mode can say by economy, and its name; shares."""
        if self.mode == "partial":
            old, new = (
                np.where(np.eye(len(self.iso3)), 0.0, f.sum(axis=0)) for f in (self.base_flow_usd, self.flow_usd)
            )
            sides = [(new.sum(axis=axis), old.sum(axis=axis)) for axis in (1, 0)]
            found = [np.divide(a, b, out=np.ones_like(a), where=b > 0) - 1.0 for a, b in sides]
            return "exports and imports, %: direct effect", found
        gains = self.real_income_hat - 1.0
        if self.mode == "conditional":
            return "real income, %: after one round of prices, not exact", [gains]
        if self.mode == "first_order":
            return "real income, %: derivative at the base times the shock", [gains]
        terms = self.terms_of_trade + self.volume_of_trade + self.technical
        return "real income, %: exact, and the published first-order sum of terms of trade, volume and resource cost", [
            gains,
            terms,
        ]
