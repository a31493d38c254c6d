"""A process that dies the way a decoder bug kills one."""

import os
import signal

if __name__ == "__main__":
    os.kill(os.getpid(), getattr(signal, "SIGSEGV", signal.SIGTERM))
