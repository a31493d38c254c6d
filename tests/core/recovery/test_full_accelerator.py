"""An accelerator that others use as well may have no room left."""

import pytest
import torch

from core.arithmetic import exact_inference
from core.errors import ModelError


def test_full_memory_is_told_with_a_way_out_and_is_no_fault_of_the_program() -> None:
    with pytest.raises(ModelError, match="memory of the accelerator") as caught, exact_inference():
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    assert "processor" in caught.value.next_step
    assert not torch.is_inference_mode_enabled()


def test_other_faults_pass_as_they_are() -> None:
    with pytest.raises(ValueError, match="another"), exact_inference():
        raise ValueError("another")
