# The warnings our own code compiles clean under. Third-party headers are SYSTEM.
add_library(righttask_warnings INTERFACE)
target_compile_options(righttask_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  # Once g++ 12 inlines std::variant and std::vector, it sees uninitialised members and
  # overflows that are not there.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-stringop-overflow;-Wno-array-bounds;-Wno-restrict>
  # libstdc++ 12's stable_sort calls what it has deprecated itself.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
