# Build types and sanitizers, as flags of one interface target.
set(RIGHTTASK_SANITIZER "" CACHE STRING "asan, tsan, coverage, fuzz or empty")

add_library(righttask_flags INTERFACE)
target_compile_options(righttask_flags INTERFACE
  $<BUILD_INTERFACE:$<$<CONFIG:Dev>:-O1;-g1;-fno-omit-frame-pointer>$<$<CONFIG:Release>:-g1>>)

if(RIGHTTASK_SANITIZER STREQUAL "asan")
  # The vptr check opens a pipe, which a test that runs out of descriptors has not got.
  set(sanitize -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
elseif(RIGHTTASK_SANITIZER STREQUAL "tsan")
  set(sanitize -fsanitize=thread)
elseif(RIGHTTASK_SANITIZER STREQUAL "coverage")
  set(sanitize --coverage)
elseif(RIGHTTASK_SANITIZER STREQUAL "fuzz")
  # fuzzer-no-link instruments the libraries; the targets themselves link the driver.
  set(sanitize -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
endif()
if(sanitize)
  target_compile_options(righttask_flags INTERFACE "$<BUILD_INTERFACE:${sanitize}>")
  target_link_options(righttask_flags INTERFACE "$<BUILD_INTERFACE:${sanitize}>")
endif()
