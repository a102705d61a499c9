# Programs that test the whole: everything in one process, on virtual time.

if(NOT FLORIN_TESTS)
  return()
endif()

file(GLOB SIM_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/sim/*.cpp)
set(SIM_TESTS ${SIM_SOURCES})
list(FILTER SIM_TESTS INCLUDE REGEX "_test\\.cpp$")
list(REMOVE_ITEM SIM_SOURCES ${SIM_TESTS})

add_library(florin_sim STATIC ${SIM_SOURCES})
target_include_directories(florin_sim PUBLIC ${CMAKE_SOURCE_DIR}/test/sim)
target_link_libraries(florin_sim PUBLIC florin_app florin_ledger florin_authorize_net florin_bank_simulator florin_stripe florin_sendgrid florin_salesforce florin_sandbox
  florin_identity florin_audit florin_json florin_telemetry)
target_precompile_headers(florin_sim REUSE_FROM florin_pch)

add_executable(test_sim ${CMAKE_SOURCE_DIR}/test/sim/crash_test.cpp ${CMAKE_SOURCE_DIR}/test/sim/clock_test.cpp
  ${CMAKE_SOURCE_DIR}/test/sim/trouble_test.cpp ${CMAKE_SOURCE_DIR}/test/sim/plans_test.cpp ${CMAKE_SOURCE_DIR}/test/sim/lives_test.cpp)
target_link_libraries(test_sim PRIVATE florin_sim GTest::gtest GTest::gtest_main Threads::Threads)
target_precompile_headers(test_sim REUSE_FROM florin_pch)
add_test(NAME sim COMMAND test_sim WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

# The same simulation over payments and billing that have faults built in, which a switch turns on. Their objects come
# before the library of the same name, so nothing of that is taken.
get_target_property(PAYMENTS_SOURCES florin_payments SOURCES)
add_library(florin_payments_planted OBJECT ${PAYMENTS_SOURCES})
target_compile_definitions(florin_payments_planted PRIVATE FLORIN_PLANTED_BUGS)
target_include_directories(florin_payments_planted PRIVATE ${CMAKE_SOURCE_DIR}/src/domain/payments)
target_link_libraries(florin_payments_planted PRIVATE florin_payments florin_json florin_ledger florin_events florin_telemetry florin_locale)
target_precompile_headers(florin_payments_planted REUSE_FROM florin_pch)

# Of billing and its owners the files that have one.
add_library(florin_billing_planted OBJECT ${CMAKE_SOURCE_DIR}/src/domain/billing/forecast.cpp ${CMAKE_SOURCE_DIR}/src/domain/billing/load.cpp
  ${CMAKE_SOURCE_DIR}/src/domain/payment_terms/life.cpp)
target_compile_definitions(florin_billing_planted PRIVATE FLORIN_PLANTED_BUGS)
target_include_directories(florin_billing_planted PRIVATE ${CMAKE_SOURCE_DIR}/src/domain/billing ${CMAKE_SOURCE_DIR}/src/domain/payment_terms)
target_link_libraries(florin_billing_planted PRIVATE florin_payment_terms florin_billing florin_payments florin_cases florin_json florin_events florin_telemetry)
target_precompile_headers(florin_billing_planted REUSE_FROM florin_pch)

add_executable(test_sim_planted ${CMAKE_SOURCE_DIR}/test/sim/planted_test.cpp $<TARGET_OBJECTS:florin_payments_planted>
  $<TARGET_OBJECTS:florin_billing_planted>)
target_compile_definitions(test_sim_planted PRIVATE FLORIN_PLANTED_BUGS)
target_include_directories(test_sim_planted PRIVATE ${CMAKE_SOURCE_DIR}/src/domain/payments ${CMAKE_SOURCE_DIR}/src/domain/billing/public)
target_link_libraries(test_sim_planted PRIVATE florin_sim GTest::gtest GTest::gtest_main Threads::Threads)
target_precompile_headers(test_sim_planted REUSE_FROM florin_pch)
add_test(NAME sim_planted COMMAND test_sim_planted WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

# The connectors against the sandbox, each fault of its script. They share nothing but the wire.
add_executable(test_connectors ${CMAKE_SOURCE_DIR}/test/contract/connectors_test.cpp
  ${CMAKE_SOURCE_DIR}/test/contract/stripe_flows_test.cpp ${CMAKE_SOURCE_DIR}/test/contract/buckaroo_test.cpp ${CMAKE_SOURCE_DIR}/test/contract/settlements_test.cpp
  ${CMAKE_SOURCE_DIR}/test/contract/salesforce_test.cpp)
target_link_libraries(test_connectors PRIVATE florin_authorize_net florin_bank_simulator florin_stripe florin_chargebee florin_buckaroo
  florin_salesforce florin_json florin_sandbox florin_runtime OpenSSL::Crypto GTest::gtest GTest::gtest_main Threads::Threads)
target_precompile_headers(test_connectors REUSE_FROM florin_pch)
add_test(NAME connectors COMMAND test_connectors WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

# Jobs have statements of their own on PostgreSQL; the cluster of the tests asks it directly.
target_link_libraries(test_jobs PRIVATE PostgreSQL::PostgreSQL)
# Documents take their numbers there while others do.
target_link_libraries(test_documents PRIVATE PostgreSQL::PostgreSQL)
# So are turns taken off the agenda.
target_link_libraries(test_billing PRIVATE PostgreSQL::PostgreSQL)
# The same for two nodes that import the same settlements.
target_link_libraries(test_reconciliation PRIVATE PostgreSQL::PostgreSQL)

# Properties over random sequences.
target_link_libraries(test_payment_terms PRIVATE rapidcheck)
