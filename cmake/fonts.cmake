# The fonts of documents, from Debian's packages into the program. Included after the module's line.

if(NOT FLORIN_FONT_FOLDER)
  set(FLORIN_FONT_FOLDER /usr/share/fonts/truetype)
endif()
set(FLORIN_FONT_REGULAR ${FLORIN_FONT_FOLDER}/open-sans/OpenSans-Regular.ttf)
set(FLORIN_FONT_SEMIBOLD ${FLORIN_FONT_FOLDER}/open-sans/OpenSans-Semibold.ttf)
set(FLORIN_FONT_FALLBACK ${FLORIN_FONT_FOLDER}/dejavu/DejaVuSans.ttf)
set(FLORIN_FONT_DEFINITIONS "")
set(FLORIN_FONT_FILES "")
foreach(FONT REGULAR SEMIBOLD FALLBACK)
  if(NOT EXISTS ${FLORIN_FONT_${FONT}})
    message(FATAL_ERROR "${FLORIN_FONT_${FONT}} is missing: run scripts/install-deps.sh, or name the folder with -DFLORIN_FONT_FOLDER=…")
  endif()
  list(APPEND FLORIN_FONT_DEFINITIONS "FLORIN_FONT_${FONT}=\"${FLORIN_FONT_${FONT}}\"")
  list(APPEND FLORIN_FONT_FILES ${FLORIN_FONT_${FONT}})
endforeach()
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/domain/documents/fonts.cpp PROPERTIES
  COMPILE_DEFINITIONS "${FLORIN_FONT_DEFINITIONS}" OBJECT_DEPENDS "${FLORIN_FONT_FILES}" SKIP_PRECOMPILE_HEADERS ON)
