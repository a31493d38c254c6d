"""Nothing committed is lost: work that is killed, disks that are full, files of other versions."""
