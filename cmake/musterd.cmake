# How our own code is built: one library per folder, one program per kind of test.

find_program(MUSTERD_CCACHE ccache)
mark_as_advanced(MUSTERD_CCACHE)
if(MUSTERD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what lets ccache work with precompiled headers; the base folder lets two clones share results.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${MUSTERD_CCACHE})
endif()

find_program(MUSTERD_MOLD mold)
find_program(MUSTERD_LLD ld.lld)
mark_as_advanced(MUSTERD_MOLD MUSTERD_LLD)
if(MUSTERD_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(MUSTERD_LLD)
  add_link_options(-fuse-ld=lld)
endif()

option(MUSTERD_WERROR "Warnings are errors: for those who change the code, not for those who only build it" ON)
# Applied to every target alike: a precompiled header may only be shared by targets with the same flags.
add_compile_options(-Wall -Wextra -Wpedantic $<$<BOOL:${MUSTERD_WERROR}>:-Werror> -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fdiagnostics-color=auto)
endif()

option(MUSTERD_SANITIZE "Build with address and undefined behaviour sanitizers" OFF)
if(MUSTERD_SANITIZE)
  # CAF spawns functions without arguments through a null reference that it never reads: hence no-sanitize=null.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=null -fno-sanitize-recover=all -fno-omit-frame-pointer
    -Wno-maybe-uninitialized)  # GCC 12 sees some in its own std::regex once it is instrumented
  add_link_options(-fsanitize=address,undefined)
endif()

# Sources of a folder and what is below it, without what npm put there.
function(musterd_glob result folder)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
  list(FILTER found EXCLUDE REGEX "/node_modules/")
  set(${result} ${found} PARENT_SCOPE)
endfunction()

option(MUSTERD_BATCHES "Compile the sources of a library several at a time: what their headers instantiate is instantiated once" ON)

# Compiles <count> sources of the library at a time (docs/decisions/0071). Tests are left alone: their files use the same names for
# different things.
function(musterd_batches target count)
  if(MUSTERD_BATCHES AND count)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${count})
  endif()
endfunction()

# Declares a precompiled header that other targets take over with PCH <name>. It is compiled only if one does.
#   musterd_precompiled(NAME [FLAGS ...] HEADERS <a.hpp> ... LINKS ...)
function(musterd_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;LINKS;FLAGS" ${ARGN})
  set(source "${CMAKE_BINARY_DIR}/pch/${name}.cpp")
  if(NOT EXISTS "${source}")
    file(WRITE "${source}" "// Carries a precompiled header, nothing else.\n")
  endif()
  add_library(musterd_pch_${name} OBJECT EXCLUDE_FROM_ALL "${source}")
  target_link_libraries(musterd_pch_${name} PRIVATE ${arg_LINKS})
  target_compile_options(musterd_pch_${name} PRIVATE ${arg_FLAGS})
  target_precompile_headers(musterd_pch_${name} PRIVATE ${arg_HEADERS})
endfunction()

function(musterd_use_precompiled target name)
  if(name AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM musterd_pch_${name})
  endif()
endfunction()

# The library musterd_<folder> from every source in <folder>. An empty folder gives a library that only passes on its
# dependencies, so that a tree that is still being filled configures and builds.
# BATCH is how many sources are compiled at a time; one, unless it is given.
#   musterd_library(FOLDER [BATCH n] [DEPENDS folders...] [LINKS targets...] [PRIVATE_LINKS targets...] [PCH name] [SOURCES generated...])
function(musterd_library folder)
  cmake_parse_arguments(arg "" "PCH;BATCH" "DEPENDS;LINKS;PRIVATE_LINKS;SOURCES" ${ARGN})
  set(target musterd_${folder})
  list(TRANSFORM arg_DEPENDS PREPEND musterd_)
  musterd_glob(sources ${folder})
  list(APPEND sources ${arg_SOURCES})
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_link_libraries(${target} PUBLIC ${arg_DEPENDS} ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
    musterd_use_precompiled(${target} "${arg_PCH}")
    musterd_batches(${target} "${arg_BATCH}")
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(${target} INTERFACE ${arg_DEPENDS} ${arg_LINKS} ${arg_PRIVATE_LINKS})
  endif()
endfunction()

set(MUSTERD_TEST_FLAGS "-O0;-g0" CACHE STRING "Flags of the tests' own code, of which only the speed of compiling matters")

# The test program <name> from every source in <folder>; nothing if there is none. doctest's main comes with it.
#   musterd_tests(NAME FOLDER tests/x [DEPENDS folders...] [LINKS targets...] [PCH name])
function(musterd_tests name)
  cmake_parse_arguments(arg "" "FOLDER;PCH" "DEPENDS;LINKS" ${ARGN})
  musterd_glob(sources ${arg_FOLDER})
  if(NOT sources)
    return()
  endif()
  list(TRANSFORM arg_DEPENDS PREPEND musterd_)
  set(own_main FALSE)
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" main REGEX "^#define DOCTEST_CONFIG_IMPLEMENT")
    if(main)
      set(own_main TRUE)
    endif()
  endforeach()
  if(NOT own_main)
    list(APPEND sources "${CMAKE_SOURCE_DIR}/cmake/doctest_main.cpp")
    set_source_files_properties("${CMAKE_SOURCE_DIR}/cmake/doctest_main.cpp" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} ${arg_LINKS} doctest::doctest)
  target_compile_options(${name} PRIVATE ${MUSTERD_TEST_FLAGS})
  musterd_use_precompiled(${name} "${arg_PCH}")
  set_property(GLOBAL APPEND PROPERTY MUSTERD_TEST_PROGRAMS ${name})
endfunction()

# One file of the tree as `std::string_view musterd::<function>()`; gives the generated source's path in <result>.
function(musterd_embed_text result function file)
  set(out "${CMAKE_BINARY_DIR}/generated/${function}.cpp")
  set(depends "")
  if(EXISTS "${CMAKE_SOURCE_DIR}/${file}")
    set(depends "${CMAKE_SOURCE_DIR}/${file}")
  endif()
  add_custom_command(OUTPUT "${out}"
    COMMAND ${CMAKE_COMMAND} -DKIND=text -DNAME=${function} "-DFILE=${CMAKE_SOURCE_DIR}/${file}" "-DOUT=${out}"
      -P "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS ${depends} "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    COMMENT "Embedding ${file}" VERBATIM)
  set_source_files_properties("${out}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
  set_property(GLOBAL APPEND PROPERTY MUSTERD_GENERATED "${out}")
  set(${result} "${out}" PARENT_SCOPE)
endfunction()

# The SQL files of persistence/migrations as `musterd::embedded_migrations()`.
function(musterd_embed_migrations result)
  set(out "${CMAKE_BINARY_DIR}/generated/embedded_migrations.cpp")
  set(folder "${CMAKE_SOURCE_DIR}/persistence/migrations")
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*.sql")
  add_custom_command(OUTPUT "${out}"
    COMMAND ${CMAKE_COMMAND} -DKIND=migrations "-DDIR=${folder}" "-DOUT=${out}" -P "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS ${files} "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    COMMENT "Embedding the migrations" VERBATIM)
  set_source_files_properties("${out}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
  set_property(GLOBAL APPEND PROPERTY MUSTERD_GENERATED "${out}")
  set(${result} "${out}" PARENT_SCOPE)
endfunction()
