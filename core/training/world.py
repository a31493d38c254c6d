"""The processes that train together: one, or as many as ``torchrun`` started, an accelerator each."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """This process among those that share a run.

    Attributes:
        rank: number of this process, 0 .. size - 1.
        size: number of processes.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def joined(cls, device: torch.device) -> World:
        """The world that ``torchrun`` describes in the environment; a world of one without it."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        return cls(rank=dist.get_rank(), size=size)

    def share(self, network: nn.Module) -> None:
        """Give every process the weights of the first."""
        if self.size > 1:
            for tensor in network.state_dict().values():
                dist.broadcast(tensor, 0)

    def average_gradients(self, parameters: list[nn.Parameter]) -> None:
        """Replace every gradient by its mean over the processes, in one message."""
        if self.size == 1:
            return
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
        together = torch.cat([g.flatten() for g in gradients])
        dist.all_reduce(together)
        together /= self.size
        at = 0
        for parameter, gradient in zip(parameters, gradients, strict=True):
            # Into the gradient's own memory: fused optimisers take it to lie as its parameter does (channels last).
            gradient.copy_(together[at : at + gradient.numel()].view(gradient.shape))
            parameter.grad = gradient
            at += gradient.numel()

    def agreed(self, figure: float) -> float:
        """The first process's figure, for all of them."""
        if self.size == 1:
            return figure
        shared = torch.tensor([figure], dtype=torch.float64, device=_message_device())
        dist.broadcast(shared, 0)
        return float(shared)

    def leave(self) -> None:
        """Part from the other processes at the end of a run."""
        if self.size > 1:
            dist.destroy_process_group()

    def gathered(self, state: Tensor) -> list[Tensor]:
        """The state of every process, in the order of their ranks."""
        if self.size == 1:
            return [state]
        states: list[Tensor] = [torch.empty(0)] * self.size
        dist.all_gather_object(states, state)
        return states


def _message_device() -> str:
    return "cuda" if dist.get_backend() == "nccl" else "cpu"


def training_device(wish: str) -> torch.device:
    """The device of this process: the one wished for, or with ``torchrun`` the accelerator of its own number."""
    if wish.startswith("cuda") and "LOCAL_RANK" in os.environ:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    return torch.device(wish)
