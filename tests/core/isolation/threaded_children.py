"""A module that has a thread as soon as it is imported, like libraries of linear algebra; it is not for forking."""

import os
import threading
import time

threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


def main() -> None:
    """Say how this process was started."""
    os.write(1, b"fresh" if os.getppid() != 1 else b"orphan")
    os._exit(0)


if __name__ == "__main__":
    main()
