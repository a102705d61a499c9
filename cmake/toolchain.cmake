# Compiler, warnings, sanitizers and the libraries from outside.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR
    "Florin is built with clang 19 or later (found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}). "
    "g++ 12 destroys temporaries in co_await expressions twice. Use `make build`, or "
    "`cmake --preset release`, which name the compiler.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_compile_definitions(FLORIN_VERSION="${PROJECT_VERSION}")

option(FLORIN_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
option(FLORIN_TESTS "Build the tests" ON)
option(FLORIN_BENCH "Build the benchmarks" OFF)
option(FLORIN_FUZZ "Build the fuzz targets" OFF)
option(FLORIN_LTO "Link-time optimisation (thin)" OFF)

add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Wno-missing-designated-field-initializers -Woverloaded-virtual -Wimplicit-fallthrough -Wnull-dereference -Wcast-align -Werror
  -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
  -fno-omit-frame-pointer)
# Lets ccache keep precompiled headers.
add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
add_link_options(-fuse-ld=lld -Wl,-z,relro,-z,now)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  remove_definitions(-D_FORTIFY_SOURCE=2)
  add_compile_options(-U_FORTIFY_SOURCE)
  # Lines for stack traces, no more: whole debug information costs a fifth of each compilation. The optimisation is the preset's.
  set(CMAKE_CXX_FLAGS_DEBUG "-gline-tables-only")
endif()
if(FLORIN_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE)
  add_link_options(-fsanitize=address,undefined)
endif()
if(FLORIN_LTO)
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
    CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
# Time zones, over the system's database of them.
find_package(absl REQUIRED)
find_package(Threads REQUIRED)
# Debian's package of Qpid Proton tells CMake nothing.
find_path(PROTON_INCLUDE proton/container.hpp REQUIRED)
find_library(PROTON_LIBRARY qpid-proton-cpp REQUIRED)
add_library(Proton::cpp UNKNOWN IMPORTED)
set_target_properties(Proton::cpp PROPERTIES IMPORTED_LOCATION ${PROTON_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${PROTON_INCLUDE})
if(FLORIN_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  # What a test itself does takes no time; compiling it does, and half of all sources are tests.
  set(FLORIN_TEST_OPTIONS $<$<CONFIG:Debug>:-O0>)
endif()

# Headers compiled once for all: the standard library's for the modules, and with GoogleTest for the tests.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch.cpp CONTENT "")  # Unlike WRITE, it leaves a file alone that is as wanted.
set(FLORIN_STANDARD_HEADERS
  <algorithm> <any> <array> <atomic> <chrono> <coroutine> <cstdint> <cstring> <deque> <expected> <functional> <map>
  <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <tuple> <unordered_map> <utility> <variant>
  <vector>)
add_library(florin_pch STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
target_precompile_headers(florin_pch PRIVATE ${FLORIN_STANDARD_HEADERS})
if(FLORIN_TESTS)
  add_library(florin_test_pch STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
  target_link_libraries(florin_test_pch PRIVATE GTest::gtest)
  target_compile_options(florin_test_pch PRIVATE ${FLORIN_TEST_OPTIONS})
  target_precompile_headers(florin_test_pch PRIVATE ${FLORIN_STANDARD_HEADERS} <gtest/gtest.h>)
endif()
