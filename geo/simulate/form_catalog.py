"""What the forms ask about at each stage: the mission's categories and three for the count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from geo.model.columns import BoolArray, FloatArray
from geo.model.errors import InputError
from geo.model.tables import CATEGORIES, SEVERITIES, STAGES

ACCESS_DENIED: Final = "observer_access_denied"
# Among findings that are not low, medium ones are the commonest.
WEIGHTS: Final = {"low": 0.0, "medium": 3.0, "high": 1.5, "critical": 0.6}
# The 2005 statement says nothing of the count; a simulated day has one, so its forms ask three things.
_COUNT: Final = (
    (
        "count_not_visible",
        "counting",
        "high",
        "Observers could not see the ballots being counted",
        "Наблюдатели не видели подсчёта бюллетеней",
        "Байқаушылар бюллетеньдердің саналуын көре алмады",
    ),
    (
        "protocol_copy_refused",
        "counting",
        "medium",
        "No copy of the results protocol was given",
        "Копия протокола не выдана",
        "Хаттаманың көшірмесі берілмеді",
    ),
    (
        "protocol_corrected_at_tabulation",
        "tabulation",
        "high",
        "The protocol was corrected at the tabulation centre",
        "Протокол исправлен в вышестоящей комиссии",
        "Хаттама жоғары тұрған комиссияда түзетілді",
    ),
)


@dataclass(frozen=True, eq=False)
class Catalog:
    """C categories, and which of them the forms ask about at each stage.

    `asked`: (5, C) bool; `asked_short`: what a shortened form keeps. `weight`: (C,) chance of
    each among findings that are not low; `is_low`: (C,) bool.
    """

    frame: pd.DataFrame
    slugs: tuple[str, ...]
    asked: BoolArray
    asked_short: BoolArray
    weight: FloatArray
    is_low: BoolArray

    def index(self, slug: str) -> int:
        """Return the position of a category, -1 for one that is not asked about."""
        return self.slugs.index(slug) if slug in self.slugs else -1


def load_catalog(path: Path) -> Catalog:
    """Return the categories of a CSV file, with some for the count if it has none.

    Columns as in `geo.model.tables`. Raises InputError naming the file and what is missing.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; it should hold the categories") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name}: is not a CSV file ({error})") from None
    missing = [name for name in ("category", "title_en", "phase", "severity") if name not in frame]
    if missing:
        raise InputError(f"{path.name}: column {', '.join(missing)} is missing")
    frame = frame.reindex(columns=list(CATEGORIES.names), fill_value="")
    added = [row for row in _COUNT if not frame["phase"].eq(row[1]).any()]
    columns = ["category", "phase", "severity", "title_en", "title_ru", "title_kk"]
    more = pd.DataFrame(added, columns=columns).reindex(columns=list(CATEGORIES.names), fill_value="")
    more["public"], more["theme"] = "aggregate", "count"
    more["basis"] = "SIMULATED: asked in the simulated mission only"
    frame = pd.concat([frame, more], ignore_index=True)
    phase, severity = frame["phase"].to_numpy(dtype=object), frame["severity"].to_numpy(dtype=object)
    rated = np.isin(severity.astype(str), SEVERITIES)
    asked = np.array([((phase == stage) | (phase == "any")) & rated for stage in STAGES])
    is_low = frame["severity"].eq("low").to_numpy(dtype=np.bool_)
    weight = np.array([WEIGHTS.get(str(value), 0.0) for value in severity])
    if not np.all(np.any(asked[:4] & (weight > 0), axis=1)):
        raise InputError(f"{path.name}: opening, voting, closing and counting each need a medium category")
    return Catalog(
        frame=frame,
        slugs=tuple(frame["category"]),
        asked=asked,
        asked_short=asked & ~np.isin(severity.astype(str), ["low", "medium"]),
        weight=weight * (frame["category"] != ACCESS_DENIED).to_numpy(),
        is_low=is_low,
    )
