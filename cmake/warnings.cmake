# The warnings our own code compiles clean under. Third-party headers are SYSTEM.
add_library(righttask_warnings INTERFACE)
target_compile_options(righttask_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
