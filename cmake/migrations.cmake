# Links db/migrations/NNNN_name.sql into florin_store, so that the program carries its own schema.
# Included after the module's line; the same file, run as a script, writes the source.

if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB FILES ${FLORIN_MIGRATIONS}/*.sql)
  list(SORT FILES)
  set(ENTRIES "")
  set(COUNT 0)
  set(LAST -1)
  foreach(FILE IN LISTS FILES)
    get_filename_component(NAME ${FILE} NAME_WE)
    if(NOT NAME MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
      message(FATAL_ERROR "${FILE}: a migration is called NNNN_lower_case_name.sql")
    endif()
    set(TITLE ${CMAKE_MATCH_2})
    string(REGEX REPLACE "^0+([0-9])" "\\1" NUMBER ${CMAKE_MATCH_1})
    if(NUMBER EQUAL LAST)
      message(FATAL_ERROR "two migrations have the number ${NUMBER}")
    endif()
    set(LAST ${NUMBER})
    file(READ ${FILE} TEXT)
    string(APPEND ENTRIES "    Migration{${NUMBER}, \"${TITLE}\", R\"florin(${TEXT})florin\"},\n")
    math(EXPR COUNT "${COUNT} + 1")
  endforeach()
  file(WRITE ${FLORIN_OUTPUT}
"// Generated from db/migrations by cmake/migrations.cmake.
#include <array>

#include \"florin/store/open.hpp\"

namespace florin::store {

std::span<const Migration> migrations() {
    static constexpr std::array<Migration, ${COUNT}> all{
${ENTRIES}    };
    return all;
}

}  // namespace florin::store
")
  return()
endif()

if(NOT TARGET florin_store)
  message(FATAL_ERROR "cmake/migrations.cmake is included after florin_module(store …)")
endif()
file(GLOB FLORIN_MIGRATION_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/db/migrations/*.sql)
set(FLORIN_MIGRATION_SOURCE ${CMAKE_BINARY_DIR}/generated/migrations.cpp)
add_custom_command(
  OUTPUT ${FLORIN_MIGRATION_SOURCE}
  COMMAND ${CMAKE_COMMAND} -DFLORIN_MIGRATIONS=${CMAKE_SOURCE_DIR}/db/migrations
          -DFLORIN_OUTPUT=${FLORIN_MIGRATION_SOURCE} -P ${CMAKE_CURRENT_LIST_FILE}
  DEPENDS ${FLORIN_MIGRATION_FILES} ${CMAKE_CURRENT_LIST_FILE}
  COMMENT "Linking the migrations" VERBATIM)
target_sources(florin_store PRIVATE ${FLORIN_MIGRATION_SOURCE})
