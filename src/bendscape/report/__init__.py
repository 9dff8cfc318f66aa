"""The page that checks the paper: figures, verdicts, `claims.json`."""

from .run import reproduce

__all__ = ["reproduce"]
