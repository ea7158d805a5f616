# righttask_module(<name>
#   SOURCES a.cc …       library sources; none makes a header-only module
#   DEPENDS base model   modules this one uses (see layers.txt)
#   LIBS    fmt::fmt     third-party targets
#   TESTS   a_test.cc …  one test program, <name>_test
#   FUZZ    a_fuzz.cc …  one libFuzzer program each; with g++ a corpus replayer)
#
# <name> is the folder below src/ with '/' written as '_'. Headers are included from src/.
function(righttask_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBS;TESTS;FUZZ" ${ARGN})
  list(TRANSFORM arg_DEPENDS PREPEND righttask_)

  if(arg_SOURCES)
    add_library(righttask_${name} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(righttask_${name} PRIVATE righttask_warnings)
  else()
    add_library(righttask_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(righttask_${name} ${scope}
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>)
  target_link_libraries(righttask_${name} ${scope} righttask_flags ${arg_DEPENDS} ${arg_LIBS})

  if(RIGHTTASK_TESTS AND arg_TESTS)
    add_executable(${name}_test ${arg_TESTS})
    target_link_libraries(${name}_test PRIVATE
      righttask_${name} righttask_warnings GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE
      RIGHTTASK_FIXTURES="${CMAKE_SOURCE_DIR}/tests/fixtures")
    gtest_discover_tests(${name}_test
      PROPERTIES LABELS fast TIMEOUT 120 DISCOVERY_TIMEOUT 60)
  endif()

  foreach(source IN LISTS arg_FUZZ)
    if(RIGHTTASK_FUZZ OR RIGHTTASK_TESTS)
      get_filename_component(target ${source} NAME_WE)
      set(target ${name}_${target})
      add_executable(${target} ${source})
      target_link_libraries(${target} PRIVATE righttask_${name} righttask_warnings)
      if(RIGHTTASK_FUZZ)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        set_property(GLOBAL APPEND PROPERTY RIGHTTASK_FUZZ_TARGETS ${target})
      else()
        # Without libFuzzer the same property is checked on the stored corpus.
        target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/corpus/replay_main.cc)
        add_test(NAME corpus.${target}
          COMMAND ${target} ${CMAKE_SOURCE_DIR}/tests/corpus/${target})
        set_tests_properties(corpus.${target} PROPERTIES LABELS fast TIMEOUT 120)
      endif()
    endif()
  endforeach()
endfunction()
