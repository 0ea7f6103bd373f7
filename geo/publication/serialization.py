"""Turns a release into JSON and back: what was signed off is kept as it was, whatever is reported later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geo.model.columns import frozen
from geo.model.errors import InputError
from geo.model.mission import Source
from geo.model.registry import Areas
from geo.model.reports import Categories
from geo.publication.listed_rows import Total
from geo.publication.national_estimate import Turnout
from geo.publication.published_clusters import ClusterTable, PublishedCluster
from geo.publication.release import About, Release, version_of
from geo.publication.unit_figures import Coverage, Medians, Shares, Units

KINDS: Final[Mapping[str, type]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            About,
            ClusterTable,
            Areas,
            Categories,
            Coverage,
            Medians,
            PublishedCluster,
            Release,
            Shares,
            Source,
            Total,
            Turnout,
            Units,
        )
    }
)
NUMBERS: Final = ("int8", "int32", "int64", "float64", "bool")


def to_plain(part: Any) -> Any:
    """Return a release, or a part of one, as lists, texts and numbers that JSON can carry.

    Raises TypeError for a part of another kind than releases have.
    """
    if is_dataclass(part) and not isinstance(part, type):
        return {"is": type(part).__name__, **{f.name: to_plain(getattr(part, f.name)) for f in fields(part)}}
    if isinstance(part, np.ndarray) and part.dtype == object:
        shapes = shapely.to_wkb(part, hex=True, byte_order=1)
        return {"is": "shapes", "hex": [None if one is None else str(one) for one in shapes.tolist()]}
    if isinstance(part, np.ndarray):
        values = [None if one != one else one for one in part.tolist()]  # NaN is not JSON
        return {"is": "array", "kind": str(part.dtype), "values": values}
    if isinstance(part, pd.DataFrame):
        columns = {
            str(name): to_plain(part[name].to_numpy()) for name in part.columns if _is_number(part[name])
        }
        texts = {
            str(name): part[name].astype("str").tolist()
            for name in part.columns
            if not _is_number(part[name])
        }
        order = [str(name) for name in part.columns]
        return {"is": "table", "order": order, "rows": len(part), "numbers": columns, "texts": texts}
    if isinstance(part, Mapping):
        return {"is": "map", "of": [[key, to_plain(value)] for key, value in part.items()]}
    if isinstance(part, tuple):
        return [to_plain(one) for one in part]
    if part is None or isinstance(part, (str, bool, int, float)):
        return part
    raise TypeError(f"a {type(part).__name__} cannot be kept")


def _is_number(column: pd.Series) -> bool:
    return str(column.dtype) in NUMBERS


def from_plain(plain: Any) -> Release:
    """Return the release that was kept. Raises InputError for anything that is none.

    Whether its content was changed since is not asked here: `sign_off` keeps a digest of the text. Its
    version cannot tell, because an older program may have hashed it.
    """
    try:
        made = part(plain)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.GEOSException) as error:
        raise InputError(f"a release that was kept cannot be read: {error}") from None
    if not isinstance(made, Release):
        raise InputError("a release that was kept is none")
    return made


def part(plain: Any) -> Any:
    """Return what `to_plain` was given. Raises KeyError, TypeError or ValueError for anything else."""
    if isinstance(plain, list):
        return tuple(part(one) for one in plain)
    if not isinstance(plain, dict):
        return plain
    kind = plain["is"]
    if kind == "shapes":
        return frozen(np.asarray(shapely.from_wkb(np.array(plain["hex"], dtype=object)), dtype=object))
    if kind == "array":
        return _array(plain)
    if kind == "table":
        return _table(plain)
    if kind == "map":
        return MappingProxyType({key: part(value) for key, value in plain["of"]})
    values = {key: part(value) for key, value in plain.items() if key != "is"}
    if kind == "Areas":
        values.setdefault("old_names", ("",) * len(values["area_id"]))  # kept before areas had any
    return KINDS[kind](**values)


def _array(plain: Mapping[str, Any]) -> Any:
    if plain["kind"] not in NUMBERS:
        raise ValueError(f"no such kind of number: {plain['kind'][:20]!r}")
    values = [np.nan if one is None else one for one in plain["values"]]
    return frozen(np.array(values, dtype=plain["kind"]))


def _table(plain: Mapping[str, Any]) -> pd.DataFrame:
    columns = {name: np.array(_array(of)) for name, of in plain["numbers"].items()}
    columns |= {name: np.array(texts, dtype=object) for name, texts in plain["texts"].items()}
    return pd.DataFrame(
        {name: columns[name] for name in plain["order"]}, index=range(plain["rows"]), columns=plain["order"]
    )


def kept(release: Release) -> dict[str, Any]:
    """Return a release as JSON can carry it, after making sure that it comes back as it is.

    Raises InputError if it would not.
    """
    plain = to_plain(release)
    if version_of(from_plain(plain)) != release.version:
        raise InputError("this release cannot be kept as it is")
    return dict(plain)
