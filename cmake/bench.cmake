# The programs that `make bench` measures with. They depend on nothing of src/ unless they say so.

if(NOT FLORIN_BENCH)
  return()
endif()

function(florin_bench NAME)
  cmake_parse_arguments(B "" "" "SYSTEM" ${ARGN})
  add_executable(bench_${NAME} ${CMAKE_SOURCE_DIR}/bench/${NAME}.cpp)
  target_link_libraries(bench_${NAME} PRIVATE Threads::Threads ${B_SYSTEM})
endfunction()

florin_bench(load            SYSTEM OpenSSL::SSL)
florin_bench(provider)
florin_bench(sink)
florin_bench(minimal_server  SYSTEM SQLite::SQLite3)
florin_bench(bare_server     SYSTEM Boost::headers OpenSSL::SSL)
florin_bench(seed_rows       SYSTEM SQLite::SQLite3)

add_library(slow_fsync SHARED ${CMAKE_SOURCE_DIR}/bench/slow_fsync.cpp)
target_link_libraries(slow_fsync PRIVATE ${CMAKE_DL_LIBS})

# Measure the store alone.
foreach(NAME store_bench pg_store_bench)
  add_executable(${NAME} ${CMAKE_SOURCE_DIR}/bench/${NAME}.cpp)
  target_link_libraries(${NAME} PRIVATE florin_store Threads::Threads)
endforeach()

# The jobs' engine alone.
add_executable(jobs_bench ${CMAKE_SOURCE_DIR}/bench/jobs_bench.cpp)
target_link_libraries(jobs_bench PRIVATE florin_jobs florin_http Threads::Threads)

# Documents alone: numbers and PDFs.
add_executable(documents_bench ${CMAKE_SOURCE_DIR}/bench/documents_bench.cpp)
target_link_libraries(documents_bench PRIVATE florin_documents florin_http Threads::Threads)

# Billing's loader alone.
add_executable(billing_bench ${CMAKE_SOURCE_DIR}/bench/billing_bench.cpp)
target_link_libraries(billing_bench PRIVATE florin_billing florin_identity florin_http Threads::Threads)

# The import of settlements alone.
add_executable(reconciliation_bench ${CMAKE_SOURCE_DIR}/bench/reconciliation_bench.cpp)
target_link_libraries(reconciliation_bench PRIVATE florin_reconciliation florin_payments florin_cases florin_ledger florin_identity florin_http Threads::Threads)
