# The warnings our own code compiles clean under. Third-party headers are SYSTEM.
add_library(righttask_warnings INTERFACE)
target_compile_options(righttask_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  # g++ 12 sees uninitialised members in every moved std::variant once it inlines.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
