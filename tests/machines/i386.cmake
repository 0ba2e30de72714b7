# SPDX-License-Identifier: MIT
# 32 bits: long, size_t and time_t are half as wide. An amd64 kernel runs these programs.
set(machine i386)
set(triplet i686-linux-gnu)
set(multiarch i386-linux-gnu)
set(loader /lib/ld-linux.so.2)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
# Without an emulator CMake assumes that no program of the build can run.
set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/env)
