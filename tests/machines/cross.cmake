# SPDX-License-Identifier: MIT
# Part of each toolchain file here: a cross compiler of Debian, and the libraries in build/root-NAME,
# which tests/machines/root makes. Programs start with the loader and the libraries of that root.
#
#   machine    name of the architecture in Debian
#   triplet    prefix of the compiler
#   multiarch  directory of the libraries
#   loader     path of the loader in the root
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${machine})
get_filename_component(top ${CMAKE_CURRENT_LIST_DIR}/../.. REALPATH)
set(root ${top}/build/root-${machine})
set(CMAKE_SYSROOT ${root})
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
# DT_RPATH also finds the libraries that libraries need.
string(CONCAT CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--dynamic-linker=${root}${loader} "
    "-Wl,--disable-new-dtags,-rpath,${root}/usr/lib/${multiarch}:${root}/lib/${multiarch}")
set(ENV{PKG_CONFIG_LIBDIR} ${root}/usr/lib/${multiarch}/pkgconfig:${root}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${root})
