# SPDX-License-Identifier: MIT
# Big-endian, 64 bits. qemu-user runs these programs.
set(machine s390x)
set(triplet s390x-linux-gnu)
set(multiarch s390x-linux-gnu)
set(loader /lib/ld64.so.1)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-s390x)
