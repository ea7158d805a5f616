# The library alone, to be found by others: find_package(ydoc), target ydoc::ydoc.
#   cmake --install BUILD_DIR --component ydoc --prefix PREFIX
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ydoc)
set(header_dir ${CMAKE_INSTALL_INCLUDEDIR}/ydoc-${PROJECT_VERSION})

set_target_properties(righttask_ydoc PROPERTIES EXPORT_NAME ydoc OUTPUT_NAME ydoc)
set_target_properties(righttask_ydoc_codec PROPERTIES EXPORT_NAME codec OUTPUT_NAME ydoc_codec)
set_target_properties(righttask_base PROPERTIES EXPORT_NAME base OUTPUT_NAME ydoc_base)
set_target_properties(righttask_flags PROPERTIES EXPORT_NAME flags)
set_target_properties(righttask_warnings PROPERTIES EXPORT_NAME warnings)

install(TARGETS righttask_ydoc righttask_ydoc_codec righttask_base righttask_flags righttask_warnings
  EXPORT ydoc
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ydoc
  INCLUDES DESTINATION ${header_dir})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/base ${CMAKE_SOURCE_DIR}/src/ydoc
  DESTINATION ${header_dir} COMPONENT ydoc
  FILES_MATCHING PATTERN "*.h"
  PATTERN "fixtures" EXCLUDE PATTERN "testing" EXCLUDE)
install(EXPORT ydoc FILE ydocConfig.cmake NAMESPACE ydoc:: DESTINATION ${package_dir} COMPONENT ydoc)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ydocConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ydocConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT ydoc)
