# Programs that test the whole: everything in one process, on virtual time.

if(NOT FLORIN_TESTS)
  return()
endif()

file(GLOB SIM_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/sim/*.cpp)
set(SIM_TESTS ${SIM_SOURCES})
list(FILTER SIM_TESTS INCLUDE REGEX "_test\\.cpp$")
list(REMOVE_ITEM SIM_SOURCES ${SIM_TESTS})
list(FILTER SIM_TESTS EXCLUDE REGEX "/planted_test\\.cpp$")

add_library(florin_sim STATIC ${SIM_SOURCES})
target_include_directories(florin_sim PUBLIC ${CMAKE_SOURCE_DIR}/test/sim ${CMAKE_SOURCE_DIR}/test/support)
target_link_libraries(florin_sim PUBLIC florin_app florin_ledger florin_authorize_net florin_bank_simulator florin_stripe florin_sendgrid florin_salesforce florin_sandbox
  florin_identity florin_audit florin_json florin_telemetry)
target_precompile_headers(florin_sim REUSE_FROM florin_pch)

florin_test_program(test_sim ${SIM_TESTS})
target_link_libraries(test_sim PRIVATE florin_sim)
# One entry a suite: they are the longest of all, so they begin first and run side by side.
set(SIM_SUITES CrashSim Clocks TroubleSim PlanSim LivesSim)
foreach(SUITE ${SIM_SUITES})
  florin_test(sim_${SUITE} test_sim --gtest_filter=${SUITE}.*)
  set_tests_properties(sim_${SUITE} PROPERTIES LABELS slow COST 100)
endforeach()
list(JOIN SIM_SUITES ".*:" SIM_REST)
florin_test(sim_rest test_sim --gtest_filter=-${SIM_REST}.*)
set_tests_properties(sim_rest PROPERTIES LABELS slow)

# The same simulation over modules that have faults built in, which a switch turns on. Their objects come before the
# libraries with the same functions, so nothing of those is taken.
if(NOT FLORIN_SANITIZE)
  florin_test_program(test_sim_planted ${CMAKE_SOURCE_DIR}/test/sim/planted_test.cpp)
  foreach(MODULE payments billing payment_terms)
    get_target_property(SOURCES florin_${MODULE} SOURCES)
    add_library(florin_${MODULE}_planted OBJECT ${SOURCES})
    target_compile_definitions(florin_${MODULE}_planted PRIVATE FLORIN_PLANTED_BUGS)
    target_include_directories(florin_${MODULE}_planted PRIVATE ${CMAKE_SOURCE_DIR}/src/domain/${MODULE})
    target_link_libraries(florin_${MODULE}_planted PRIVATE florin_${MODULE} $<TARGET_PROPERTY:florin_${MODULE},LINK_LIBRARIES>)
    target_precompile_headers(florin_${MODULE}_planted REUSE_FROM florin_pch)
    target_sources(test_sim_planted PRIVATE $<TARGET_OBJECTS:florin_${MODULE}_planted>)
  endforeach()
  target_compile_definitions(test_sim_planted PRIVATE FLORIN_PLANTED_BUGS)
  target_include_directories(test_sim_planted PRIVATE ${CMAKE_SOURCE_DIR}/src/domain/payments)
  target_link_libraries(test_sim_planted PRIVATE florin_sim florin_payments florin_billing florin_payment_terms)
  florin_test(sim_planted test_sim_planted)
  set_tests_properties(sim_planted PROPERTIES LABELS slow COST 50)
endif()

# The connectors against the sandbox, each fault of its script. They share nothing but the wire.
florin_test_program(test_connectors ${CMAKE_SOURCE_DIR}/test/contract/connectors_test.cpp
  ${CMAKE_SOURCE_DIR}/test/contract/stripe_flows_test.cpp ${CMAKE_SOURCE_DIR}/test/contract/buckaroo_test.cpp ${CMAKE_SOURCE_DIR}/test/contract/settlements_test.cpp
  ${CMAKE_SOURCE_DIR}/test/contract/salesforce_test.cpp)
target_link_libraries(test_connectors PRIVATE florin_authorize_net florin_bank_simulator florin_stripe florin_chargebee florin_buckaroo
  florin_salesforce florin_json florin_sandbox florin_runtime OpenSSL::Crypto)
florin_test(connectors test_connectors)

# These try every day of centuries: not optimised, they take minutes.
foreach(TARGET florin_base florin_calendar test_base test_calendar)
  set_target_properties(${TARGET} PROPERTIES DISABLE_PRECOMPILE_HEADERS ON)
  target_compile_options(${TARGET} PRIVATE $<$<CONFIG:Debug>:-O1>)
endforeach()

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

# What `make quick` builds: the modules' own tests.
get_property(MODULE_TESTS GLOBAL PROPERTY FLORIN_MODULE_TESTS)
add_custom_target(module_tests DEPENDS ${MODULE_TESTS} test_connectors)
