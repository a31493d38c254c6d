"""What a run never learns from, for ablations: kept in its folder, for resumptions and model cards to know of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from core.errors import CaseError
from core.evidence.writing import write_whole
from core.training.forgery_batch import Family

FILE = "left-out.json"
LEARNT_FROM = {
    family.name.lower().replace("_", "-"): family
    for family in (Family.SELF_BLEND, Family.BLEND, Family.SHIFT, Family.SHIFT_BLEND, Family.SWAP)
}
"""Families of forgeries that training makes, by the names of the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Omissions:
    """Names of families in `LEARNT_FROM`, and of losses in `core.training.recovery_task.LossWeights`, sorted."""

    families: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: Path) -> Omissions:
        """What a run leaves out; nothing where it does not say.

        Raises:
            CaseError: its file is damaged.
        """
        path = run / FILE
        if not path.is_file():
            return cls()
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls(families=tuple(stored["families"]), losses=tuple(stored["losses"]))
        except (ValueError, KeyError, TypeError) as error:
            raise CaseError(
                "what this run leaves out cannot be read", path=path, next_step="begin another run"
            ) from error

    def bind(self, run: Path, network: str) -> None:
        """Keep it with a run that begins, or make sure that the run was begun with the same.

        Args:
            run: folder of the run.
            network: file of the network that learns; where it is there the run has begun.

        Raises:
            CaseError: the run was begun with other omissions.
        """
        if (run / f"{network}.pt").is_file() or (run / FILE).is_file():
            if (begun := Omissions.of(run)) != self:
                raise CaseError(
                    f"this run was begun with {begun.words or 'everything'}, not with {self.words or 'everything'}",
                    path=run,
                    next_step="give the same options again, or begin another run",
                )
        elif self != Omissions():
            run.mkdir(parents=True, exist_ok=True)
            stored = {"families": self.families, "losses": self.losses}
            write_whole(run / FILE, (json.dumps(stored, indent=1) + "\n").encode())

    @property
    def words(self) -> str:
        """For people: ``"no forgeries of swap; no loss patch"``; '' where nothing is left out."""
        parts = []
        if self.families:
            parts.append(f"no forgeries of {', '.join(self.families)}")
        if self.losses:
            parts.append(f"no loss {', '.join(self.losses)}")
        return "; ".join(parts)
