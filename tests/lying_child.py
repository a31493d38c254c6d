"""A process that writes what it was told instead of what it decoded, and stays."""

import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    os.write(1, Path(sys.argv[1]).read_bytes())
    time.sleep(600)
