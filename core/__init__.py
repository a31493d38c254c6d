"""What Unswap does, without any window."""

import os

# ONNX Runtime tells its makers what it runs, from the moment it is imported, unless this stands before
# (its Privacy.md). Nothing of a case leaves the machine: here, because every use of it is below this package.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
