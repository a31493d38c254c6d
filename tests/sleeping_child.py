"""A process that never answers, like a decoder caught in a loop."""

import time

if __name__ == "__main__":
    time.sleep(600)
