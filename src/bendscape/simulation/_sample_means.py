"""Means over the samples that ``bs.simulate`` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidParameterError
from ..expected import instance
from ..statistics import summarise
from .observables import Side, per_sample

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["sample_means"]


def sample_means(data: xr.Dataset) -> xr.Dataset:
    """Return means and standard errors over the samples of :func:`bendscape.simulate`.

    Parameters
    ----------
    data : xarray.Dataset
        From :func:`bendscape.simulate`, at one point or over axes.

    Returns
    -------
    xarray.Dataset
        For each number per sample its mean and, with `_stderr` after the name, the standard error (see
        :func:`~bendscape.simulation.mean_stderr`), with the number of samples as the coordinate `samples`; and
        `converged`, the share of samples whose residuals are within tolerance. `N` and `alpha` are coordinates.

    Raises
    ------
    InvalidParameterError
        If the data are not a result of :func:`bendscape.simulate`.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=1, p_star=1, a=0.5)
    >>> data = bs.simulation.sample_means(bs.simulate(net, alpha=[1.0, 4.0], N=[50, 100], samples=20, seed=1))
    >>> data.phi.dims, data.phi.values.tolist()
    (('N', 'alpha'), [[0.45, 0.6], [0.8, 0.9]])
    """
    import xarray as xr

    instance("data", data, xr.Dataset, "what bs.simulate returns")
    end: Side = "right" if "largest_eigenvalue" in data else "left"
    place = [name for name in ("N", "alpha") if name not in data.coords]
    lacking = [name for name in (*per_sample(end), "converged") if name not in data or "sample" not in data[name].dims]
    lacking += [name for name in place if name not in data.attrs]
    if lacking or data.sizes["sample"] == 0:
        raise InvalidParameterError(f"data has no {', '.join(lacking) or 'sample'}: give what bs.simulate returns")
    numbers = data[list(per_sample(end))].assign_coords({name: data.attrs[name] for name in place})
    done = numbers["smallest_eigenvalue" if end == "left" else "largest_eigenvalue"].notnull()
    share = data.converged.where(done).mean("sample")
    about = {"long_name": "share of samples with residuals in tolerance"}
    return summarise(numbers, done=done, shares=("phi",)).assign(converged=share.assign_attrs(about))
